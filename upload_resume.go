package acd

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/acd-sdk/acd/internal/source"
	"github.com/acd-sdk/acd/internal/transport"
	"github.com/acd-sdk/acd/internal/wait"
)

// Resuming was observed on the real service in 2016 and was never documented. The service keeps the
// bytes of an interrupted upload under the upload's local id. It takes the remaining bytes as
// content of the node that it will create.
var (
	opResumeState = transport.Op{Name: "Content.ResumeState", Method: http.MethodGet, Path: "resume", Replay: true}
	opResume      = transport.Op{Name: "Content.Resume", Method: http.MethodPut, Path: "nodes/{id}/content"}
)

// resumeState is what the service has already received of an upload.
type resumeState struct {
	NodeID        string `json:"nodeId"`
	ExpectedBytes int64  `json:"expectedBytes"`
	ExpectedMD5   string `json:"expectedMd5"`
	ReceivedBytes int64  `json:"receivedBytes"`
}

// prepareResume reads the source and computes the digest that a resumable upload sends first. If
// the upload cannot be resumed, because its source cannot be read again or its size is unknown or
// 0, it becomes an ordinary upload.
func (u *upload) prepareResume(ctx context.Context) (err error) {
	u.resumable = u.opts.resumable && u.src.Rewindable && u.src.Size != source.Unknown && u.src.Size > 0
	if !u.resumable {
		return nil
	}
	if u.known, err = u.digestOf(ctx); err == nil {
		u.deriveID("")
	}
	return err
}

// deriveID sets the upload's id, unless the caller gave one. The id is derived from the folder, the
// name and the content, so that another process gets the same id. bound is "", or the id of the
// node to which the service has bound the id that this upload would otherwise use.
func (u *upload) deriveID(bound string) {
	if !u.resumable || u.opts.localID != "" {
		return
	}
	h := sha256.New()
	for _, part := range []string{"acd upload", u.parentID, u.raw, u.known.md5, strconv.FormatInt(u.known.size, 10), bound} {
		fmt.Fprintf(h, "%d %s ", len(part), part)
	}
	u.localID = hex.EncodeToString(h.Sum(nil)[:16])
}

// mostIDs is how many ids an upload tries. Another process can derive the first two again.
const mostIDs = 3

// renewID gives the upload another id if the service refused it because of its id, and then returns
// true. The service binds an id to one node for ever, and that node may have been moved or trashed
// since. renewID returns false if the name is what is taken.
func (u *upload) renewID(ctx context.Context, conflict *Error) bool {
	if !u.resumable || u.opts.localID != "" || u.ids == mostIDs {
		return false
	}
	n, err := u.client.Nodes.holder(ctx, u.identity(), u.name, u.conflictID)
	if err == nil || n == nil && !errors.Is(err, ErrNotFound) {
		return false
	}
	u.ids++
	if u.deriveID(conflict.ConflictID); conflict.ConflictID == "" || u.ids == mostIDs {
		u.localID = rand.Text()
	}
	return true
}

// mostFruitless is how many times in a row the remaining bytes may be sent without the service
// keeping any of them.
const mostFruitless = 3

// sendNew continues this upload where the service has it, from this process or an earlier one. If
// the service has nothing, it sends the whole content.
func (u *upload) sendNew(ctx context.Context) (*Node, error) {
	if u.resumable {
		u.firstTry = time.Now()
		if n, err := u.resume(ctx); n != nil || err != nil {
			return n, err
		}
	}
	return u.transfer(ctx, u.createRequest, u.confirmCreated, u.findCreated)
}

// resume sends the bytes that the service lacks, and repeats that as long as the service receives
// more each time. If it returns neither a node nor an error, there is nothing to resume and the
// whole content must be sent.
func (u *upload) resume(ctx context.Context) (*Node, error) {
	policy := u.client.retry.Policy
	var had int64
	for fruitless := 1; fruitless <= min(mostFruitless, policy.MaxAttempts); fruitless++ {
		state, err := u.resumeState(ctx)
		switch {
		case ctx.Err() != nil:
			return nil, u.fail(ctx, err)
		case err != nil || state == nil:
			return nil, nil
		}
		if state.ReceivedBytes > had {
			had, fruitless = state.ReceivedBytes, 1
		}
		u.sessionNode = state.NodeID
		n, record, err := callRecord[Node](ctx, u.client, u.resumeRequest(state))
		u.attempts += record.Attempts
		if err == nil {
			u.sent.set(u.known)
			return u.accept(ctx, u.client.adopt(n), u.confirmCreated)
		}
		if !record.Lost {
			return nil, nil
		}
		if record.Body.Complete() {
			u.sent.set(u.known)
			n, err := u.look(ctx, u.findCreated, true)
			if n != nil {
				return u.verify(ctx, n)
			}
			if !errors.Is(err, errAbsent) {
				return nil, u.undecided(ctx, err, nil)
			}
		}
		if err := wait.For(ctx, policy.Backoff(fruitless)); err != nil {
			return nil, u.undecided(ctx, joinCauses(record.Answer.Err), nil)
		}
	}
	return nil, nil
}

// resumeState asks the service what it has received. It returns nil if there is nothing to
// continue.
func (u *upload) resumeState(ctx context.Context) (*resumeState, error) {
	var state *resumeState
	r := request{op: opResumeState, base: BaseContent, query: url.Values{"localId": {u.localID}}, target: u.name}
	_, _, err := u.client.send(ctx, r, func(resp *http.Response) error {
		defer resp.Body.Close()
		state = nil
		if resp.StatusCode == http.StatusNoContent {
			return nil
		}
		state = new(resumeState)
		return u.client.decode(resp, state)
	})
	if err != nil || state == nil {
		return nil, err
	}
	usable := state.NodeID != "" && state.ExpectedBytes == u.known.size && strings.EqualFold(state.ExpectedMD5, u.known.md5) &&
		state.ReceivedBytes > 0 && state.ReceivedBytes < u.known.size
	if !usable {
		return nil, nil
	}
	return state, nil
}

// resumeRequest returns the request that sends the remaining bytes to the node that the service
// named. It does not use the contentLink of the service's response: that is the same address, and a
// hostile server could name another one to receive the token.
func (u *upload) resumeRequest(state *resumeState) request {
	from := state.ReceivedBytes
	return request{
		op: opResume, base: BaseContent, args: []string{state.NodeID}, target: u.name,
		header: http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", from, u.known.size-1, u.known.size)}},
		body: &transport.Body{
			Size: u.known.size - from,
			Type: "application/octet-stream",
			Open: func(ctx context.Context) (io.ReadCloser, error) {
				u.sent.reset()
				u.meter.restart(PhaseSending)
				return u.open(ctx, from)
			},
		},
	}
}
