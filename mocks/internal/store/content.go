package mocks

import "crypto/md5"

// blob is one content. Files with equal content share it.
type blob struct {
	blobKey
	data  source
	first *node // of its nodes
}

// intern makes a sink's bytes a blob, or finds the one that has them. Under Drive.mu.
func (d *store) intern(content sink, key blobKey) (*blob, error) {
	if b := d.blobs[key.md5]; b != nil {
		_, err := content.commit(key, true)
		return b, err
	}
	data, err := content.commit(key, false)
	if err != nil {
		return nil, err
	}
	b := &blob{blobKey: key, data: data}
	d.blobs[key.md5] = b
	return b, nil
}

// release forgets a blob that no node has.
func (d *store) release(b *blob) {
	if b != nil && b.first == nil && d.blobs[b.md5] == b {
		delete(d.blobs, b.md5)
		d.garbage = append(d.garbage, b.blobKey)
	}
}

// account counts a live file in the usage, or no more.
func (d *store) account(n *node, sign int64) {
	if n.kind != kindFile || n.blob == nil {
		return
	}
	u := &d.usage[categoryOf(n.mime)]
	u.bytes += sign * n.blob.size
	u.count += sign
}

// setBlob gives a file its content.
func (d *store) setBlob(n *node, b *blob, mime string) {
	live := n.status.live()
	if live {
		d.account(n, -1)
	}
	old := n.blob
	d.detach(n)
	n.blob, n.mime = b, mime
	if b != nil {
		n.twinNext = b.first
		if b.first != nil {
			b.first.twinPrev = n
		}
		b.first = n
		d.usedBytes += b.size
	}
	if live {
		d.account(n, +1)
	}
	d.release(old)
}

func (d *store) detach(n *node) {
	b := n.blob
	if b == nil {
		return
	}
	if n.twinPrev != nil {
		n.twinPrev.twinNext = n.twinNext
	} else {
		b.first = n.twinNext
	}
	if n.twinNext != nil {
		n.twinNext.twinPrev = n.twinPrev
	}
	n.twinPrev, n.twinNext, n.blob = nil, nil, nil
	d.usedBytes -= b.size
}

// liveTwin is a live file with that content.
func (d *store) liveTwin(sum [md5.Size]byte) *node {
	if b := d.blobs[sum]; b != nil {
		for n := b.first; n != nil; n = n.twinNext {
			if n.status.live() {
				return n
			}
		}
	}
	return nil
}
