package transfer

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"

	"github.com/acd-sdk/acd"
)

// sending is the upload of one file.
type sending struct {
	*uploader
	folder            *folder
	path, name, local string
	info              os.FileInfo
}

// tries is how often a whole file is sent or fetched if it arrives damaged, or if the client could
// not find out whether it arrived.
const tries = 3

// at returns where the file should be on the drive.
func (s *sending) at() place { return place{s.folder.id, s.name, acd.KindFile} }

// settle makes the file on the drive the same as the local file. n is the node that was listed
// under the name, nil if there is none.
func (s *sending) settle(n *acd.Node) (Action, *acd.Node, error) {
	done, read := Identical, false // read reports whether n was read by its id
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
		if err == nil { // an overwrite sends no metadata
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

// identical reports whether a node has the content of the local file.
func (s *sending) identical(n *acd.Node) (bool, error) {
	if n == nil || n.MD5() == "" || n.Size() != s.info.Size() {
		return false, nil
	}
	sum, err := s.md5(s.path, s.local, s.info)
	return sum == n.MD5(), err
}

// next decides what to do after a failed upload. If another try makes sense, it returns the node to
// compare with, nil if there is none; the node was read by its id, and its place was checked.
// Otherwise it returns the failure.
func (s *sending) next(had, sent *acd.Node, failure error) (*acd.Node, error) {
	id := conflict(failure)
	switch {
	case errors.Is(failure, ErrChanged):
		return nil, failure
	case id != "": // another program was faster, or the listing was out of date
	case errors.Is(failure, acd.ErrChecksum) && sent != nil: // the content arrived damaged
		id = sent.ID
	case errors.Is(failure, acd.ErrChecksum), refused(failure): // the request arrived damaged
		return had, nil
	case !errors.Is(failure, acd.ErrOutcomeUnknown):
		return nil, failure
	case had != nil:
		id = had.ID
	default:
		n, err := s.client.Nodes.Child(s.ctx, s.folder.id, s.name)
		if errors.Is(err, acd.ErrNotFound) {
			return nil, nil // if the file appears later, the next try gets a conflict with its name
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

// send uploads the file. If n is not nil, the content becomes the next version of n.
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

// transmit calls the client's method that is right for n.
func (s *sending) transmit(f *os.File, n *acd.Node) (*acd.Node, error) {
	w := &watcher{pool: s.pool, report: s.progress(s.path)}
	defer w.end()
	opts := append(slices.Clone(s.opts.UploadOptions), acd.WithProgress(w.progress))
	switch {
	case n == nil:
		return s.client.Content.Upload(s.ctx, s.folder.id, s.name, f, append(opts, s.modTimeOption()...)...)
	case n.Status == acd.StatusPending: // Upload waits until the node is ready
		return s.client.Content.Upload(s.ctx, s.folder.id, s.name, f, append(opts, acd.IfExists(acd.SkipIdentical))...)
	}
	return s.client.Content.Overwrite(s.ctx, n, f, overwriteOptions(opts)...)
}

// overwriteOptions returns those upload options that can be used for a node that exists already.
func overwriteOptions(opts []acd.UploadOption) []acd.OverwriteOption {
	var fit []acd.OverwriteOption
	for _, opt := range opts {
		if o, ok := opt.(acd.OverwriteOption); ok {
			fit = append(fit, o)
		}
	}
	return fit
}

// refused reports whether the service could not read the request.
func refused(err error) bool {
	e, ok := errors.AsType[*acd.Error](err)
	return ok && e.StatusCode == http.StatusBadRequest && errors.Is(err, acd.ErrInvalid)
}

// accept checks that the node in a response is where it should be. The MD5 proves only that the
// content is right. had is the node that was overwritten, if there was one.
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

// removeStray trashes a node that this upload has made under a damaged name, and reports whether it
// did. An older node must never be trashed, and a response may name one. So removeStray does
// nothing and returns false unless the node has this content, is in this folder and in no other,
// and was not there when the folder was listed before the upload.
func (s *sending) removeStray(sent *acd.Node) bool {
	n, err := s.look(sent.ID, place{s.folder.id, sent.Name, acd.KindFile})
	if err != nil || len(n.Parents) != 1 || s.folder.wasThere(n.ID) || n.MD5() != sent.MD5() || n.Size() != s.info.Size() {
		return false
	}
	_, err = s.client.Nodes.Trash(s.ctx, n.ID)
	return err == nil
}
