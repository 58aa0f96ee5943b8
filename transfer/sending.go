package transfer

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"

	"github.com/acd-sdk/acd"
)

// sending is one file on its way to the drive.
type sending struct {
	*uploader
	folder            *folder
	path, name, local string
	info              os.FileInfo
}

// tries is how often a file is moved whole that arrives damaged, or whose fate
// the client could not find out.
const tries = 3

// at is where the file is to be on the drive.
func (s *sending) at() place { return place{s.folder.id, s.name, acd.KindFile} }

// settle makes the drive's file the same as the local one. n is the node that
// was listed under the name, nil if there is none.
func (s *sending) settle(n *acd.Node) (Action, *acd.Node, error) {
	done, read := Identical, false // whether n was read by its id
	for sends := 0; ; {
		same, err := s.identical(n)
		switch {
		case err != nil:
			return 0, nil, err
		case same:
			return done, n, s.keepModTime(n)
		case s.opts.DryRun:
			return Copied, n, nil
		}
		if n != nil && !read {
			if n, err = s.look(n.ID, s.at()); err != nil && !errors.Is(err, acd.ErrNotFound) {
				return 0, nil, err
			}
			read = true
			continue
		}
		sent, err := s.send(n)
		sends++
		if err == nil && n == nil {
			return Copied, sent, nil
		}
		if err == nil { // an overwrite carries no metadata
			return Copied, sent, s.keepModTime(sent)
		}
		if errors.Is(err, acd.ErrOutcomeUnknown) {
			done = Copied
		}
		if sends == tries {
			return 0, nil, err
		}
		if n, err = s.next(n, sent, err); err != nil {
			return 0, nil, err
		}
		read = true
	}
}

// identical says whether a node has the content of the local file.
func (s *sending) identical(n *acd.Node) (bool, error) {
	if n == nil || n.MD5() == "" || n.Size() != s.info.Size() {
		return false, nil
	}
	sum, err := s.md5(s.path, s.local, s.info)
	return sum == n.MD5(), err
}

// next is the node to look at after a failure, if it is one after which it is
// worth to look. It has been read by its id and is at the file's place, or is nil if there is none.
func (s *sending) next(had, sent *acd.Node, failure error) (*acd.Node, error) {
	id := conflict(failure)
	switch {
	case errors.Is(failure, ErrChanged):
		return nil, failure
	case id != "": // another program was faster, or listings lag behind
	case errors.Is(failure, acd.ErrChecksum) && sent != nil: // it arrived damaged
		id = sent.ID
	case errors.Is(failure, acd.ErrChecksum), refused(failure): // so did what is sent with it
		return had, nil
	case !errors.Is(failure, acd.ErrOutcomeUnknown):
		return nil, failure
	case had != nil:
		id = had.ID
	default:
		n, err := s.client.Nodes.Child(s.ctx, s.folder.id, s.name)
		if errors.Is(err, acd.ErrNotFound) {
			return nil, nil // if it comes after all, its name will be in the way
		}
		if err != nil {
			return nil, errors.Join(failure, err)
		}
		id = n.ID
	}
	n, err := s.look(id, s.at())
	if err != nil {
		return nil, errors.Join(failure, err)
	}
	return n, nil
}

// send uploads the file, as the next version of n if that is there.
func (s *sending) send(n *acd.Node) (*acd.Node, error) {
	if err := s.folder.ensure(s.mkdir); err != nil {
		return nil, err
	}
	f, err := s.openRegular(s.local)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if s.info, err = f.Stat(); err != nil {
		return nil, err
	}
	if err := s.refusals.check(s.name, s.info.Size()); err != nil {
		return nil, err
	}
	sent, err := s.transmit(f, n)
	if changed := stillTheSame(f, s.info); changed != nil {
		return nil, errors.Join(changed, err)
	}
	switch {
	case err == nil:
		sent, err = s.accept(sent, n)
	case n == nil && sent != nil && errors.Is(err, acd.ErrOutcomeUnknown) && s.removeStray(sent):
		sent, err = nil, fmt.Errorf("%w: the drive made it as %q", acd.ErrChecksum, sent.Name)
	}
	switch {
	case err == nil:
		s.refusals.stored(s.name, s.info.Size())
		s.remember(s.local, s.info, sent.MD5())
	case errors.Is(err, acd.ErrQuotaExceeded):
		s.refusals.refused(s.name, s.info.Size(), err)
	}
	return sent, err
}

// transmit makes the call of the client that is right for n.
func (s *sending) transmit(f *os.File, n *acd.Node) (*acd.Node, error) {
	w := &watcher{pool: s.pool, report: s.progress(s.path)}
	defer w.end()
	opts := append(slices.Clone(s.opts.UploadOptions), acd.WithProgress(w.progress))
	switch {
	case n == nil:
		return s.client.Content.Upload(s.ctx, s.folder.id, s.name, f, append(opts, s.modTimeOption()...)...)
	case n.Status == acd.StatusPending: // which this call waits for
		return s.client.Content.Upload(s.ctx, s.folder.id, s.name, f, append(opts, acd.IfExists(acd.SkipIdentical))...)
	}
	return s.client.Content.Overwrite(s.ctx, n, f, overwriteOptions(opts)...)
}

// overwriteOptions are those upload options that make sense for a node that is there already.
func overwriteOptions(opts []acd.UploadOption) []acd.OverwriteOption {
	var fit []acd.OverwriteOption
	for _, opt := range opts {
		if o, ok := opt.(acd.OverwriteOption); ok {
			fit = append(fit, o)
		}
	}
	return fit
}

// refused says that the service could not read the request.
func refused(err error) bool {
	e, ok := errors.AsType[*acd.Error](err)
	return ok && e.StatusCode == http.StatusBadRequest && errors.Is(err, acd.ErrInvalid)
}

// accept makes sure that the node of an answer is where it should be: the MD5 vouches only for its
// content. had is the node that was overwritten, if one was.
func (s *sending) accept(sent, had *acd.Node) (*acd.Node, error) {
	err := s.at().check(sent)
	if err == nil && had != nil && sent.ID != had.ID {
		err = fmt.Errorf("%w: wanted is the node %s, and the answer is about %s", errElsewhere, had.ID, sent.ID)
	}
	if err == nil {
		return sent, nil
	}
	if had == nil && s.removeStray(sent) {
		return nil, fmt.Errorf("%w: the drive made it as %q", acd.ErrChecksum, sent.Name)
	}
	return nil, fmt.Errorf("%w: %w", acd.ErrOutcomeUnknown, err)
}

// removeStray trashes a node that this upload has made under a damaged name. It returns false and
// does nothing if that is not certain: an answer may name a node of other days. Certain it is if
// the node has this content, is in this folder and in no other, and was not there when the folder
// was listed before the upload.
func (s *sending) removeStray(sent *acd.Node) bool {
	n, err := s.look(sent.ID, place{s.folder.id, sent.Name, acd.KindFile})
	if err != nil || len(n.Parents) != 1 || s.folder.wasThere(n.ID) || n.MD5() != sent.MD5() || n.Size() != s.info.Size() {
		return false
	}
	_, err = s.client.Nodes.Trash(s.ctx, n.ID)
	return err == nil
}
