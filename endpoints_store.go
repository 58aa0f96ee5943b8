package acd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/acd-sdk/acd/internal/atomicfile"
)

// An EndpointStore keeps the endpoints of one account, from one run of a program to the next. It is safe for concurrent
// use. Clients of different accounts, sites ([WithPhotos]) or discovery URLs need different stores.
type EndpointStore interface {
	// Load returns the endpoints that were saved last, or nil if none were.
	Load(ctx context.Context) (*Endpoints, error)
	// Save keeps endpoints in place of those before.
	Save(ctx context.Context, e Endpoints) error
}

// WithEndpointStore takes the account's endpoints from a store, and saves there what discovery answers, so that a program
// that starts often asks once in three days. The first call that needs them reads the store. What is in it is believed
// only as far as discovery would be: other hosts than the service's, a date that is missing or to come, and endpoints of
// more than 30 days are passed by. A store that fails costs a line in the log, at level Warn, and a discovery; one that
// cannot be read is not written to either, because it may hold something else. Those of [WithEndpoints] come before what
// is in the store.
func WithEndpointStore(s EndpointStore) Option {
	return func(c *config) error {
		if s == nil {
			return errors.New("WithEndpointStore: the store is nil")
		}
		c.endpointStore = s
		return nil
	}
}

// A MemoryEndpointStore lives as long as the program, and can be shared by clients that come and go. The zero value is an
// empty one; it is safe for concurrent use.
type MemoryEndpointStore struct {
	mu   sync.Mutex
	kept *Endpoints
}

// Load implements [EndpointStore].
func (s *MemoryEndpointStore) Load(context.Context) (*Endpoints, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		return nil, nil
	}
	return new(*s.kept), nil
}

// Save implements [EndpointStore].
func (s *MemoryEndpointStore) Save(_ context.Context, e Endpoints) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = &e
	return nil
}

// A FileEndpointStore keeps endpoints in a file of mode 0600, which is replaced as a whole: whatever happens it holds the
// old ones or the new ones.
type FileEndpointStore struct{ path string }

// NewFileEndpointStore keeps endpoints in the file at path. The file need not exist; its directory must.
func NewFileEndpointStore(path string) *FileEndpointStore { return &FileEndpointStore{path} }

// maxEndpoints bounds the file; genuine endpoints have less than a thousand bytes.
const maxEndpoints = 1 << 20

// Load implements [EndpointStore]. A file that does not exist is no error; one that holds something else than endpoints
// is, an [ErrInvalid]: it may be somebody else's.
func (s *FileEndpointStore) Load(ctx context.Context) (*Endpoints, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxEndpoints))
	if err != nil {
		return nil, err
	}
	var e Endpoints
	if err := json.Unmarshal(text, &e); err != nil || e.MetadataURL == "" || e.ContentURL == "" {
		return nil, fmt.Errorf("%w: %s holds no endpoints; without the file they are asked for", ErrInvalid, s.path)
	}
	return &e, nil
}

// Save implements [EndpointStore].
func (s *FileEndpointStore) Save(ctx context.Context, e Endpoints) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return atomicfile.Write(s.path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// keptEndpoints is the store as a client uses it.
type keptEndpoints struct {
	store EndpointStore // nil if there is none
	// reading holds one caller that reads the store, so that the others wait for it. read says that it was done.
	reading chan struct{}
	read    bool

	mu         sync.Mutex
	unreadable bool
}

func (k *keptEndpoints) init(store EndpointStore) { k.store, k.reading = store, make(chan struct{}, 1) }

// restore takes endpoints from the store, once and if there are none yet. It returns what is in use then.
func (e *endpointCache) restore(ctx context.Context) *bases {
	k := &e.kept
	if k.store == nil {
		return nil
	}
	select {
	case k.reading <- struct{}{}:
		defer func() { <-k.reading }()
	case <-ctx.Done():
		return nil // the caller's next step says so
	}
	if k.read {
		return e.load()
	}
	ep, err := k.store.Load(ctx)
	if ctx.Err() != nil {
		return nil
	}
	k.read = true
	if err != nil {
		k.mu.Lock()
		k.unreadable = true
		k.mu.Unlock()
		e.cfg.log.WarnContext(ctx, "acd: the kept endpoints cannot be read, and are left as they are; the service is asked", slog.Any("error", err))
		return nil
	}
	b := e.believed(ep)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.current == nil {
		e.current = b
	}
	return e.current
}

// believed are endpoints from a store, nil if they may not be used.
func (e *endpointCache) believed(ep *Endpoints) *bases {
	const clocks = time.Hour // by which the clock may have been wrong when they were saved
	if ep == nil || ep.FetchedAt.IsZero() || time.Until(ep.FetchedAt) > clocks {
		return nil
	}
	b, err := e.parse(*ep)
	if err != nil || e.refuseHosts(b) != nil {
		return nil
	}
	return b
}

// keep saves what discovery answered.
func (e *endpointCache) keep(ctx context.Context, ep Endpoints) {
	e.restore(ctx) // what was never read may be somebody else's
	e.kept.mu.Lock()
	unreadable := e.kept.unreadable
	e.kept.mu.Unlock()
	if e.kept.store == nil || unreadable {
		return
	}
	if err := e.kept.store.Save(ctx, ep); err != nil {
		e.cfg.log.WarnContext(ctx, "acd: the endpoints cannot be kept", slog.Any("error", err))
	}
}
