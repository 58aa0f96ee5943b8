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

// Resuming was observed on the real service in 2016 and never documented: it
// keeps what it has of a broken upload under the upload's local id, and takes
// the rest as the content of the node that is to be.
var (
	opResumeState = transport.Op{Name: "Content.ResumeState", Method: http.MethodGet, Path: "resume", Replay: true}
	opResume      = transport.Op{Name: "Content.Resume", Method: http.MethodPut, Path: "nodes/{id}/content"}
)

// resumeState is what the service has of an upload.
type resumeState struct {
	NodeID        string `json:"nodeId"`
	ExpectedBytes int64  `json:"expectedBytes"`
	ExpectedMD5   string `json:"expectedMd5"`
	ReceivedBytes int64  `json:"receivedBytes"`
}

// prepareResume reads the source for what a resumable upload announces. An
// upload that cannot be resumed, having nothing to begin again from, is an
// ordinary one.
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

// deriveID gives an upload an id that another process comes to as well, if the caller gave none:
// from the folder, the name and the content. bound is the node that has the id which would
// otherwise be its own.
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

// mostIDs is how many ids an upload tries. The first two can be found again by another process.
const mostIDs = 3

// renewID gives an upload another id if it was refused because of its id, which the service binds
// to one node for ever: the node was moved or trashed since. It returns false if the name is what
// is taken.
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

// mostFruitless is how many times in a row what is left may be sent without the service keeping any
// of it.
const mostFruitless = 3

// sendNew goes on with what the service has of this upload, from this process or an earlier one, and
// sends the whole if it has nothing.
func (u *upload) sendNew(ctx context.Context) (*Node, error) {
	if u.resumable {
		u.firstTry = time.Now()
		if n, err := u.resume(ctx); n != nil || err != nil {
			return n, err
		}
	}
	return u.transfer(ctx, u.createRequest, u.confirmCreated, u.findCreated)
}

// resume sends what the service lacks, for as long as it gains by it. It
// returns neither a node nor an error if there is nothing to resume: the whole
// is then due again.
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

// resumeState asks what the service has. Nil: nothing that can be gone on from.
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

// resumeRequest sends the rest to the node that the service named. Its own
// contentLink is not followed: it is the same address, and a hostile one would
// be given the token.
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
