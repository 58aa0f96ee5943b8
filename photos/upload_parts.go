package photos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/acd-sdk/acd"
)

// An upload in parts has these steps: a session is begun, each part is sent with its MD5, the
// upload is completed, and then the service puts the parts together. The client asks again and
// again until that is done.
const (
	partsPath = "v2/upload/multipart-upload"
	// The service may need 80 minutes to put the parts together.
	assemblyTime  = 90 * time.Minute
	assemblyPause = 5 * time.Second
	// abortTime is how long the request may take that tells the service to drop the parts. It is
	// sent also after the caller's context has ended.
	abortTime = 10 * time.Second
	// mostParts is the largest number of parts that a service may ask for.
	mostParts = 100_000
)

// number is a JSON number, or a JSON string that holds a number.
type number int64

func (n *number) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 64)
	*n = number(v)
	return err
}

// partsSession is the response of the service when an upload in parts begins.
type partsSession struct {
	NodeID     string `json:"nodeId"`
	UploadID   string `json:"uploadId"`
	PartSize   number `json:"partSize"`
	TotalParts number `json:"totalNumberOfParts"`
}

// check returns an error unless the parts fit the size of the content.
func (s partsSession) check(size int64) error {
	part := int64(s.PartSize)
	switch {
	case s.NodeID == "" || s.UploadID == "":
		return errors.New("the answer lacks nodeId or uploadId")
	case part < 1:
		return fmt.Errorf("the service asks for parts of %d bytes", part)
	}
	if parts := (size + part - 1) / part; parts > mostParts || s.TotalParts != 0 && int64(s.TotalParts) != parts {
		return fmt.Errorf("the service asks for %d parts of %d bytes, and there are %d bytes", s.TotalParts, part, size)
	}
	return nil
}

func (u *upload) sendParts(ctx context.Context) (*acd.Node, error) {
	var s partsSession
	err := u.do(ctx, acd.Call{Method: http.MethodPost, Path: partsPath, Query: u.query(),
		Header: http.Header{"X-Amzn-File-Md5": {u.content.md5}}}, func(text []byte) error {
		s = partsSession{}
		if err := json.Unmarshal(text, &s); err != nil {
			return err
		}
		return s.check(u.content.size)
	})
	if err != nil {
		return nil, err
	}
	if err = u.putParts(ctx, s); err == nil {
		err = u.complete(ctx, s)
	}
	if err != nil {
		u.abort(ctx, s)
		return nil, err
	}
	return u.library.drive.Nodes.Get(ctx, s.NodeID)
}

// do makes one call to the upload service. read gets the body of the response; it may be nil.
func (u *upload) do(ctx context.Context, call acd.Call, read func(text []byte) error) error {
	call.Op, call.Target, call.Base = opUpload, u.name, acd.BaseUpload
	call.Decode = func(resp *http.Response) error {
		text, err := readAnswer(resp)
		if err != nil || read == nil {
			return err
		}
		return read(text)
	}
	return drop(u.library.drive.Do(ctx, call))
}

func (s partsSession) path(more ...string) string {
	return strings.Join(append([]string{partsPath, url.PathEscape(s.NodeID)}, more...), "/")
}

func (u *upload) putParts(ctx context.Context, s partsSession) error {
	part := int64(s.PartSize)
	for n, off := 1, int64(0); off < u.content.size; n, off = n+1, off+part {
		size := min(part, u.content.size-off)
		sum, err := sumOf(ctx, io.NewSectionReader(u.content.at, off, size))
		if err != nil {
			return u.fail(err)
		}
		err = u.do(ctx, acd.Call{
			Method: http.MethodPut, Path: s.path("parts", strconv.Itoa(n)), Repeatable: true,
			Query:  url.Values{"uploadId": {s.UploadID}, "partSize": {strconv.FormatInt(size, 10)}},
			Header: http.Header{"X-Amzn-Part-Md5": {sum}},
			Body:   io.NewSectionReader(u.content.at, off, size), ContentType: "application/octet-stream",
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// complete asks the service to put the parts together, and waits until that is done.
func (u *upload) complete(ctx context.Context, s partsSession) error {
	query := url.Values{"uploadId": {s.UploadID}}
	if err := u.do(ctx, acd.Call{Method: http.MethodPost, Path: s.path("complete"), Query: query, Repeatable: true}, nil); err != nil {
		return err
	}
	for end := time.Now().Add(assemblyTime); time.Now().Before(end); {
		var status string
		var err error
		err = u.do(ctx, acd.Call{Path: s.path(), Query: query}, func(text []byte) error {
			status, err = stateOf(text)
			return err
		})
		switch {
		case err != nil:
			return err
		case strings.Contains(status, "SUCCEEDED"):
			return nil
		case strings.Contains(status, "FAILED"):
			return u.fail(fmt.Errorf("%w: the service could not put the parts together: %s", acd.ErrUnavailable, status))
		}
		timer := time.NewTimer(assemblyPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return u.fail(context.Cause(ctx))
		}
	}
	return u.fail(fmt.Errorf("%w: the service has not put the parts together in %v", acd.ErrUnavailable, assemblyTime))
}

// stateOf returns the state of an upload in a response, "" if there is none. The name of the field
// is not known. Only its values are known: they begin with UPLOAD_.
func stateOf(text []byte) (string, error) {
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return "", err
	}
	for _, v := range fields {
		if state, ok := v.(string); ok && strings.HasPrefix(state, "UPLOAD_") {
			return state, nil
		}
	}
	return "", nil
}

// abort tells the service to drop the parts. An error is ignored, because the service drops old
// parts after some time anyway.
func (u *upload) abort(ctx context.Context, s partsSession) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	_ = u.do(ctx, acd.Call{Method: http.MethodDelete, Path: s.path(), Query: url.Values{"uploadId": {s.UploadID}}, Repeatable: true}, nil)
}
