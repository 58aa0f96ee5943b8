package transfer

import (
	"cmp"
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

// settle makes the drive's file the same as the local one. n is the node that
// has the name, nil if there is none.
func (s *sending) settle(n *acd.Node) (Action, *acd.Node, error) {
	done := Identical
	for try := 1; ; try++ {
		same, err := s.identical(n)
		switch {
		case err != nil:
			return 0, nil, err
		case same:
			return done, n, s.keepModTime(n)
		case s.opts.DryRun:
			return Copied, n, nil
		}
		sent, err := s.send(n)
		if err == nil && n == nil {
			return Copied, sent, nil
		}
		if err == nil { // an overwrite carries no metadata
			return Copied, sent, s.keepModTime(sent)
		}
		if errors.Is(err, acd.ErrOutcomeUnknown) {
			done = Copied
		}
		if try == tries {
			return 0, nil, err
		}
		if n, err = s.next(n, sent, err); err != nil {
			return 0, nil, err
		}
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
// worth to look.
func (s *sending) next(had, sent *acd.Node, failure error) (*acd.Node, error) {
	var n *acd.Node
	var err error
	id := conflict(failure)
	switch {
	case errors.Is(failure, ErrChanged):
		return nil, failure
	case id != "": // another program was faster, or listings lag behind
		n, err = s.client.Nodes.Get(s.ctx, id)
	case errors.Is(failure, acd.ErrChecksum): // it arrived damaged
		return cmp.Or(sent, had), nil
	case refused(failure): // so did what is sent with it
		return had, nil
	case !errors.Is(failure, acd.ErrOutcomeUnknown):
		return nil, failure
	case had != nil:
		n, err = s.client.Nodes.Get(s.ctx, had.ID)
	default:
		n, err = s.client.Nodes.Child(s.ctx, s.folder.id, s.name)
		if errors.Is(err, acd.ErrNotFound) {
			return nil, nil // if it comes after all, its name will be in the way
		}
	}
	if err != nil {
		return nil, errors.Join(failure, err)
	}
	if !n.IsFile() {
		return nil, fmt.Errorf("%w on the drive: %w", errInTheWay, failure)
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
	w := &watcher{pool: s.pool, report: s.progress(s.path)}
	defer w.end()
	opts := append(slices.Clone(s.opts.UploadOptions), acd.WithProgress(w.progress))
	var sent *acd.Node
	switch {
	case n == nil:
		sent, err = s.client.Content.Upload(s.ctx, s.folder.id, s.name, f, append(opts, s.modTimeOption()...)...)
	case n.Status == acd.StatusPending: // which this call waits for
		sent, err = s.client.Content.Upload(s.ctx, s.folder.id, s.name, f, append(opts, acd.IfExists(acd.SkipIdentical))...)
	default:
		sent, err = s.client.Content.Overwrite(s.ctx, n, f, opts...)
	}
	if changed := stillTheSame(f, s.info); changed != nil {
		return nil, errors.Join(changed, err)
	}
	if err == nil && n == nil {
		err = s.inPlace(sent)
		if err != nil {
			return nil, err
		}
	}
	if err == nil {
		s.remember(s.local, s.info, sent.MD5())
	}
	return sent, err
}

// refused says that the service could not read the request.
func refused(err error) bool {
	e, ok := errors.AsType[*acd.Error](err)
	return ok && e.StatusCode == http.StatusBadRequest && errors.Is(err, acd.ErrInvalid)
}

// inPlace makes sure that a new node is where it should be: the MD5 vouches only
// for its content. One that is not goes to the trash.
func (s *sending) inPlace(n *acd.Node) error {
	if fold(n.Name) == fold(s.name) && n.HasParent(s.folder.id) {
		return nil
	}
	err := fmt.Errorf("%w: the drive made it as %q", acd.ErrChecksum, n.Name)
	if _, trashErr := s.client.Nodes.Trash(s.ctx, n.ID); trashErr != nil {
		err = errors.Join(err, trashErr)
	}
	return err
}
