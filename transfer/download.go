package transfer

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/text/unicode/norm"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/partial"
)

// downloader is a run that copies from the drive to a local directory.
type downloader struct {
	*run
	times folderTimes
}

var errCircle = errors.New("the folder is inside itself")

func (d *downloader) target(n *acd.Node) *folder {
	return &folder{path: ".", local: ".", id: n.ID, there: true}
}

// mkdir makes a local folder. If a symbolic link has the name, mkdir fails: to follow the link
// would mix two folders into one.
func (d *downloader) mkdir(f *folder) error {
	if d.local != nil {
		info, err := d.local.Lstat(f.local)
		switch {
		case err == nil && info.IsDir():
			return nil
		case err == nil:
			return fmt.Errorf("%w: %s", errInTheWay, describe(info.Mode()))
		case !errors.Is(err, fs.ErrNotExist):
			return refusedName(err)
		}
	}
	if !d.opts.DryRun {
		if err := d.local.Mkdir(f.local, 0o777); err != nil {
			return err
		}
	}
	f.fresh = true
	d.emit(Event{Action: MadeFolder, Path: f.path})
	return nil
}

func refusedName(err error) error {
	return fmt.Errorf("the local system does not take the name: %w", err)
}

func describe(mode os.FileMode) string {
	if mode.IsRegular() {
		return "a file"
	}
	if mode.IsDir() {
		return "a directory"
	}
	return whyNot(mode)
}

// expand lists a folder on both sides and adds a task for everything in it.
func (d *downloader) expand(f *folder) {
	nodes, others, err := d.list(f.id)
	if err != nil {
		d.fail(f.item(), err)
		if !isOneNode(err) {
			return
		}
	}
	if len(d.filter.include) == 0 {
		if err := f.ensure(d.mkdir); err != nil {
			d.fail(f.item(), err)
			return
		}
	}
	listed, err := d.localNames(f)
	if err != nil {
		d.fail(f.item(), err)
		return
	}
	for _, n := range others {
		if n.Name == "" {
			d.leaveOut(item{join(f.path, n.ID), n.Size(), n}, "it has no name on the drive")
			continue
		}
		d.leaveOut(item{join(f.path, element(n.Name)), n.Size(), n}, fmt.Sprintf("neither a file nor a folder that is there: its kind is %q, its status %q", n.Kind, n.Status))
	}
	if len(listed.partials()) > 0 {
		d.sweep(f, d.targets(nodes, listed), listed)
	}
	for _, key := range slices.Backward(slices.Sorted(maps.Keys(nodes))) {
		d.add(f, nodes[key], listed)
	}
}

// targets returns the files of a folder, by the local names that they get.
func (d *downloader) targets(nodes children, listed localListing) map[string]*acd.Node {
	targets := map[string]*acd.Node{}
	for _, group := range nodes {
		for _, n := range group {
			if local, err := d.localName(n.Name); err == nil && n.IsFile() {
				targets[listed.spot(local).name] = n
			}
		}
	}
	return targets
}

// sweep removes partial files of interrupted downloads if the drive has replaced the version of the
// file that they belong to.
func (d *downloader) sweep(f *folder, targets map[string]*acd.Node, listed localListing) {
	if d.opts.DryRun {
		return
	}
	now := make(map[string]partial.Content, len(targets))
	for local, n := range targets {
		now[local] = partial.Content{NodeID: n.ID, MD5: n.MD5(), Size: n.Size(), Version: n.ContentProperties.Version}
	}
	for _, name := range partial.Stale(listed.partials(), now) {
		// A partial that cannot be removed does no harm.
		_ = partial.Remove(d.local, filepath.Join(f.local, name))
	}
}

// localListing holds the names in a local directory, by their folded names.
type localListing map[string][]string

func (d *downloader) localNames(f *folder) (localListing, error) {
	if f.fresh || d.local == nil {
		return nil, nil
	}
	entries, err := d.entries(f.local)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make(localListing, len(entries))
	for _, e := range entries {
		key := fold(e.Name())
		names[key] = append(names[key], e.Name())
	}
	return names, err
}

// partials returns the names of the partial files that interrupted downloads have left.
func (l localListing) partials() []string {
	var names []string
	for _, group := range l {
		for _, name := range group {
			if partial.IsName(name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// spot is where a node goes in a local directory.
type spot struct {
	name string
	// known reports whether the directory listed the name, or the same name in another case. If a
	// file is there but not known, it has another name, and the local system treats both names as
	// one.
	known bool
}

// spot returns where a node with that local name goes. If the directory has a file whose name
// differs only in how its characters are composed, that file is the same, and its name is used.
func (l localListing) spot(local string) spot {
	same := l[fold(local)]
	if slices.Contains(same, local) {
		return spot{local, true}
	}
	for _, other := range same {
		if norm.NFC.String(other) == norm.NFC.String(local) {
			return spot{other, true}
		}
	}
	return spot{local, len(same) == 1}
}

// exactly returns the spot with exactly that local name. It is for nodes beside another node whose
// name differs only in how its characters are composed.
func (l localListing) exactly(local string) spot {
	return spot{local, slices.Contains(l[fold(local)], local)}
}

// add adds the tasks of all nodes that share one folded name.
func (d *downloader) add(f *folder, group []*acd.Node, listed localListing) {
	if len(group) == 1 {
		if job := d.prepare(f, group[0], listed.spot); job != nil {
			d.queueFile(job.item, func() { d.file(job) })
		}
		return
	}
	forms := map[string]bool{}
	for _, n := range group {
		forms[lower(n.Name)] = true
	}
	if len(forms) < len(group) || slices.ContainsFunc(group, (*acd.Node).IsFolder) {
		d.fail(item{path: join(f.path, element(group[0].Name)), size: group[0].Size()}, errTwoNodes)
		return
	}
	// The names differ only in how their characters are composed. The local system may treat them as
	// one name. To find out, one task does the files one after the other.
	var jobs []*receiving
	for _, n := range group {
		if job := d.prepare(f, n, listed.exactly); job != nil {
			jobs = append(jobs, job)
		}
	}
	d.pool.file(task{
		do: func() {
			for _, job := range jobs {
				d.file(job)
			}
		},
		notReached: func() {
			for _, job := range jobs {
				d.notReached(job.item)
			}
		},
	})
}

// whyLeftOut returns the reason why a node is not copied, "" if it is copied.
func (d *downloader) whyLeftOut(path string, n *acd.Node) string {
	switch {
	case n.IsFile() && !d.filter.file(path), n.IsFolder() && !d.filter.folder(path):
		return "excluded"
	case n.IsFile() && d.opts.MaxSize > 0 && n.Size() > d.opts.MaxSize:
		return fmt.Sprintf("larger than %d bytes", d.opts.MaxSize)
	}
	return ""
}

// prepare returns the job for a file. For a folder it adds a task and returns nil. It also returns
// nil if the node is left out or has failed.
func (d *downloader) prepare(f *folder, n *acd.Node, spotOf func(string) spot) *receiving {
	i := item{join(f.path, element(n.Name)), n.Size(), n}
	if why := d.whyLeftOut(i.path, n); why != "" {
		d.leaveOut(i, why)
		return nil
	}
	local, err := d.localName(n.Name)
	switch {
	case err != nil:
	case n.Status == acd.StatusPending:
		err = fmt.Errorf("%w: its upload is not finished", acd.ErrUnavailable)
	case n.IsFolder() && f.inside(n.ID):
		err = errCircle
	}
	if err != nil {
		d.fail(i, err)
		return nil
	}
	at := spotOf(local)
	if n.IsFile() {
		return &receiving{downloader: d, folder: f, item: i, spot: at}
	}
	c := f.child(n.Name, at.name)
	c.id, c.node = n.ID, n
	if n.Properties[d.opts.ModTimeOwner][modTimeKey] != "" {
		d.times.remember(c)
	}
	d.queueFolder(i, func() { d.expand(c) })
	return nil
}

// receiving is the download of one file.
type receiving struct {
	*downloader
	folder *folder
	item
	spot
}

// localPath returns the path of the file below the local root.
func (r *receiving) localPath() string { return filepath.Join(r.folder.local, r.name) }

// file downloads one file and reports the result.
func (d *downloader) file(job *receiving) {
	action, err := job.settle()
	if err != nil {
		d.fail(job.item, err)
		return
	}
	d.succeed()
	d.emit(Event{Action: action, Path: job.path, Size: job.node.Size(), Node: job.node})
}

func (r *receiving) settle() (Action, error) {
	same, err := r.identical()
	switch {
	case err != nil:
		return 0, err
	case same && r.opts.DryRun:
		return Identical, nil
	case same:
		return Identical, r.restoreModTime()
	case r.opts.DryRun:
		return Copied, nil
	}
	if err := r.folder.ensure(r.mkdir); err != nil {
		return 0, err
	}
	if err := r.fetch(); err != nil {
		return 0, err
	}
	if err := r.restoreModTime(); err != nil {
		return 0, err
	}
	if info, err := r.local.Lstat(r.localPath()); err == nil && info.Size() == r.node.Size() {
		r.rememberOwn(r.localPath(), info, r.node.MD5())
	}
	return Copied, nil
}

// identical reports whether the local file has the content of the node. It fails if something in
// the local directory makes it impossible to store the file there.
func (r *receiving) identical() (bool, error) {
	if r.local == nil {
		return false, nil
	}
	info, err := r.local.Lstat(r.localPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, refusedName(err)
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%w: %s", errInTheWay, describe(info.Mode()))
	case !r.known:
		return false, fmt.Errorf("the local system takes the name for that of another file: %w", fs.ErrExist)
	case info.Size() != r.node.Size() || r.node.MD5() == "":
		return false, nil
	}
	sum, err := r.md5(r.path, r.localPath(), info)
	return sum == r.node.MD5(), err
}

// fetch downloads the file. It tries again if the content arrived damaged or if the node changed
// meanwhile.
func (r *receiving) fetch() error {
	opts := slices.Clone(r.opts.DownloadOptions)
	if fn := r.progress(r.path); fn != nil {
		opts = append(opts, acd.WithProgress(fn))
	}
	for try := 1; ; try++ {
		err := r.client.Content.DownloadFileIn(r.ctx, r.node, r.local, r.localPath(), opts...)
		if err == nil || try == tries || !errors.Is(err, acd.ErrChecksum) && !errors.Is(err, acd.ErrChanged) {
			return err
		}
		fresh, getErr := r.client.Nodes.Get(r.ctx, r.node.ID)
		if getErr != nil {
			return errors.Join(err, getErr)
		}
		r.node = fresh
	}
}

// restoreModTime sets the local file's modification time to the time that the node carries.
func (r *receiving) restoreModTime() error {
	t, err := r.modTime(r.node)
	if err != nil || t.IsZero() {
		return err
	}
	if err := r.local.Chtimes(r.localPath(), t, t); err != nil {
		return fmt.Errorf("its modified time: %w", err)
	}
	return nil
}
