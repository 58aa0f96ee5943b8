package mocks

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// OpenDrive makes a drive that lives in a directory, or opens the one that is there. Nodes, trash,
// change feed, tempLinks and contents survive [Drive.Close] and also the death of the process;
// unfinished uploads, list tokens, faults and the journal do not. Contents stay on disk, unless
// [WithSyntheticContents] is given. One process at a time may have the directory open.
func OpenDrive(dir string, opts ...Option) (*Drive, error) {
	d := newDrive(opts)
	k := &disk{dir: dir, lock: flock.New(filepath.Join(dir, "lock"))}
	if err := k.prepare(); err != nil {
		return nil, fmt.Errorf("mocks: open drive: %w", err)
	}
	d.contents = &directory{dir: dir}
	if d.opt.synthetic {
		d.contents = &synthetic{seed: d.opt.syntheticSeed}
	}
	if err := d.load(k); err != nil {
		return nil, fmt.Errorf("mocks: open drive: %w", errors.Join(err, k.close()))
	}
	return d, nil
}

// Close ends the use of a drive's directory. It returns the first error of writing to it, after
// which the drive had answered every request with a 500. A drive without a directory needs no Close.
func (d *Drive) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.disk == nil {
		return nil
	}
	err := d.disk.close()
	d.disk = nil
	if err != nil {
		return fmt.Errorf("mocks: close drive: %w", err)
	}
	return nil
}

// disk is the file of node records: one JSON object a line, the last of a node counts. The first
// line is the header.
type disk struct {
	dir  string
	lock *flock.Flock
	file *os.File
	err  error
}

func (k *disk) path() string { return filepath.Join(k.dir, "nodes.jsonl") }

func (k *disk) prepare() error {
	if err := os.MkdirAll(filepath.Join(k.dir, "tmp"), 0o700); err != nil {
		return err
	}
	ok, err := k.lock.TryLock()
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%s is in use by another process", k.dir)
	}
	// What an earlier process left half-written is worth nothing.
	left, err := os.ReadDir(filepath.Join(k.dir, "tmp"))
	for _, e := range left {
		err = errors.Join(err, os.Remove(filepath.Join(k.dir, "tmp", e.Name())))
	}
	return err
}

func (k *disk) close() error {
	err := k.err
	if k.file != nil {
		err = errors.Join(err, k.file.Close())
	}
	return errors.Join(err, k.lock.Unlock())
}

func (k *disk) write(v any) {
	if k.err != nil {
		return
	}
	line, err := json.Marshal(v)
	if err == nil {
		_, err = k.file.Write(append(line, '\n'))
	}
	k.err = err
}

type header struct {
	Format int    `json:"format"`
	Secret string `json:"secret"` // names the drive in checkpoints and signs its links
}

const diskFormat = 1

// record is a node as it is written down.
type record struct {
	ID             string                       `json:"id"`
	Root           bool                         `json:"root,omitzero"`
	Name           string                       `json:"name,omitzero"`
	Kind           kind                         `json:"kind"`
	Status         status                       `json:"status"`
	TrashedItself  bool                         `json:"trashedItself,omitzero"`
	Version        int64                        `json:"version"`
	ContentVersion int64                        `json:"contentVersion,omitzero"`
	Created        int64                        `json:"created,omitzero"`
	Modified       int64                        `json:"modified,omitzero"`
	Ord            uint64                       `json:"ord,omitzero"`
	Seq            uint64                       `json:"seq"`
	TrashOrd       uint64                       `json:"trashOrd,omitzero"`
	Parents        []recordEdge                 `json:"parents,omitempty"`
	MD5            string                       `json:"md5,omitzero"`
	Size           int64                        `json:"size,omitzero"`
	Mime           string                       `json:"mime,omitzero"`
	Labels         []string                     `json:"labels,omitempty"`
	Description    string                       `json:"description,omitzero"`
	Properties     map[string]map[string]string `json:"properties,omitempty"`
	Settings       map[string]bool              `json:"settings,omitempty"`
	ContentDate    string                       `json:"contentDate,omitzero"`
	LocalID        string                       `json:"localId,omitzero"`
	Width          int                          `json:"width,omitzero"`
	Height         int                          `json:"height,omitzero"`
	HiddenUntil    int64                        `json:"hiddenUntil,omitzero"`
}

type recordEdge struct {
	ID  string `json:"id"`
	Seq uint64 `json:"seq"`
}

func (d *Drive) record(n *node) *record {
	x := n.more()
	r := &record{
		ID: n.id.String(), Root: n == d.root, Name: n.name, Kind: n.kind, Status: n.status, TrashedItself: n.trashedItself, Version: n.version,
		ContentVersion: n.contentVersion, Created: n.created, Modified: n.modified, Ord: n.ord, Seq: n.seq, TrashOrd: n.trashOrd, Mime: n.mime,
		Labels: x.labels, Description: x.description, Properties: x.properties, Settings: x.settings, ContentDate: x.contentDate,
		LocalID: x.localID, Width: x.picture.width, Height: x.picture.height, HiddenUntil: x.hiddenUntil,
	}
	for _, e := range n.edges {
		r.Parents = append(r.Parents, recordEdge{e.parent.id.String(), e.seq})
	}
	if n.blob != nil {
		r.MD5, r.Size = hex.EncodeToString(n.blob.md5[:]), n.blob.size
	}
	return r
}

// persist writes down what has become of a node, and only then lets go of contents that no node has.
func (d *Drive) persist(n *node) {
	if d.disk != nil {
		d.disk.write(d.record(n))
	}
	for _, key := range d.garbage {
		if d.blobs[key.md5] == nil {
			d.contents.remove(key)
		}
	}
	d.garbage = d.garbage[:0]
}

// load reads what is there, or begins a new drive.
func (d *Drive) load(k *disk) error {
	data, err := os.ReadFile(k.path())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	records, lines, err := d.parseRecords(data)
	if err != nil {
		return fmt.Errorf("%s: %w", k.path(), err)
	}
	if err := d.rebuild(records); err != nil {
		return fmt.Errorf("%s: %w", k.path(), err)
	}
	const slack = 1000
	whole := len(data) > 0 && data[len(data)-1] == '\n'
	if !whole || lines > 2*len(records)+slack {
		if err := d.rewrite(k, records); err != nil {
			return err
		}
	}
	if k.file, err = os.OpenFile(k.path(), os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	d.disk = k
	if d.root == nil {
		d.makeRoot()
	}
	return k.err
}

// parseRecords reads the last record of each node. A last line that is torn was never answered for.
func (d *Drive) parseRecords(data []byte) (map[string]*record, int, error) {
	records := map[string]*record{}
	lines := 0
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			break
		}
		line := data[:end]
		data = data[end+1:]
		lines++
		if lines == 1 {
			var h header
			if err := json.Unmarshal(line, &h); err != nil || h.Format != diskFormat {
				return nil, 0, errors.New("not a drive of this version")
			}
			if n, err := hex.Decode(d.secret[:], []byte(h.Secret)); err != nil || n != len(d.secret) {
				return nil, 0, errors.New("line 1: no secret")
			}
			d.feed.drive = binary.BigEndian.Uint64(d.secret[:])
			continue
		}
		r := &record{}
		if err := json.Unmarshal(line, r); err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", lines, err)
		}
		records[r.ID] = r
	}
	return records, lines, nil
}

// rewrite replaces the file by one that has each record once.
func (d *Drive) rewrite(k *disk, records map[string]*record) (err error) {
	f, err := os.CreateTemp(filepath.Join(k.dir, "tmp"), "nodes-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	if err := enc.Encode(header{diskFormat, hex.EncodeToString(d.secret[:])}); err != nil {
		return err
	}
	for _, c := range d.feed.log {
		if err := enc.Encode(records[c.n.id.String()]); err != nil {
			return err
		}
	}
	if err := errors.Join(w.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), k.path())
}

// rebuild makes the nodes and all that is derived from them.
func (d *Drive) rebuild(records map[string]*record) error {
	type link struct {
		n      *node
		parent string
		seq    uint64
	}
	var links []link
	purged := map[string]*node{}
	for _, r := range records {
		n, err := d.revive(r)
		if err != nil {
			return fmt.Errorf("node %s: %w", r.ID, err)
		}
		d.seq, d.ord, d.trashOrd = max(d.seq, n.seq), max(d.ord, n.ord), max(d.trashOrd, n.trashOrd)
		d.feed.log = append(d.feed.log, change{n.seq, n})
		if n.status == statusPurged {
			purged[r.ID] = n
			d.feed.purged = append(d.feed.purged, n)
			continue
		}
		for _, e := range r.Parents {
			links = append(links, link{n, e.ID, e.Seq})
		}
	}
	slices.SortFunc(d.feed.log, func(a, b change) int { return cmp.Compare(a.seq, b.seq) })
	slices.SortFunc(d.feed.purged, func(a, b *node) int { return cmp.Compare(a.seq, b.seq) })
	slices.SortFunc(d.nodes, func(a, b *node) int { return cmp.Compare(a.ord, b.ord) })
	slices.SortFunc(d.trashed, func(a, b *node) int { return cmp.Compare(a.trashOrd, b.trashOrd) })
	slices.SortFunc(links, func(a, b link) int { return cmp.Compare(a.seq, b.seq) })
	for _, l := range links {
		id, _ := parseID(l.parent)
		parent := d.byID[id]
		if parent == nil && purged[l.parent] != nil {
			continue // the parent's purge was written, this node's loss of it was not
		}
		if parent == nil || parent.dir == nil {
			return fmt.Errorf("node %s: no such parent: %s", l.n.id, l.parent)
		}
		d.linkAt(l.n, parent, l.seq)
		d.edgeSeq = max(d.edgeSeq, l.seq)
	}
	if len(records) > 0 && d.root == nil {
		return errors.New("there is no root")
	}
	return nil
}

// revive makes one node of its record.
func (d *Drive) revive(r *record) (*node, error) {
	id, ok := parseID(r.ID)
	if !ok || r.Kind > kindAlbum || r.Status > statusPurged {
		return nil, errors.New("malformed")
	}
	n := d.bare(r, id)
	if r.Status == statusPurged {
		return n, nil
	}
	if r.Status == statusPending {
		n.status = statusAvailable // it was stored; nothing is pending any more
	}
	if r.Kind != kindFile {
		n.dir = &folder{}
	}
	d.register(n)
	if r.Root {
		d.root = n
	}
	if n.trashedItself {
		d.trashed = append(d.trashed, n)
	}
	if r.LocalID != "" {
		d.localIDs[r.LocalID] = n
	}
	if r.HiddenUntil > 0 {
		d.at(time.UnixMilli(r.HiddenUntil), func(time.Time) { d.publish(n) })
	}
	if r.Kind != kindFile {
		return n, nil
	}
	key := blobKey{size: r.Size}
	if k, err := hex.Decode(key.md5[:], []byte(r.MD5)); err != nil || k != len(key.md5) {
		return nil, errors.New("no MD5")
	}
	b := d.blobs[key.md5]
	if b == nil {
		data, err := d.contents.open(key)
		if err != nil {
			return nil, err
		}
		b = &blob{blobKey: key, data: data}
		d.blobs[key.md5] = b
	}
	d.setBlob(n, b, r.Mime)
	return n, nil
}

// bare is what of a node stands in its record alone.
func (d *Drive) bare(r *record, id nodeID) *node {
	n := &node{
		id: id, name: r.Name, lower: lowered(r.Name), kind: r.Kind, status: r.Status, trashedItself: r.TrashedItself, version: r.Version,
		contentVersion: r.ContentVersion, created: r.Created, modified: r.Modified, ord: r.Ord, seq: r.Seq, trashOrd: r.TrashOrd, mime: r.Mime,
	}
	x := extra{
		labels: r.Labels, description: r.Description, properties: r.Properties, settings: r.Settings, contentDate: r.ContentDate,
		localID: r.LocalID, picture: picture{r.Width, r.Height}, hiddenUntil: r.HiddenUntil,
	}
	if len(r.Labels) > 0 || r.Properties != nil || r.Settings != nil || r.HiddenUntil > 0 || r.Width > 0 || r.Description+r.ContentDate+r.LocalID != "" {
		n.extra = &x
	}
	return n
}
