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

// An EndpointStore keeps the endpoints of one account from one run of a program to the next. It must be
// safe for concurrent use. Clients that differ in account, site ([WithPhotos]) or discovery URL need
// different stores.
type EndpointStore interface {
	// Load returns the endpoints that were saved last, or nil if none were saved.
	Load(ctx context.Context) (*Endpoints, error)
	// Save replaces the saved endpoints with e.
	Save(ctx context.Context, e Endpoints) error
}

// WithEndpointStore makes the client take the account's endpoints from a store, and save new ones there.
// A program that starts often then requests them only once in three days. The first call that needs
// endpoints reads the store. The client does not use stored endpoints if they are older than 30 days, if
// they name a host that is not the service's, or if their date is missing or in the future. Then it
// requests new ones. If the store fails, the client logs a message at level Warn and requests the
// endpoints. If the store could not be read, the client does not write to it, because it may hold
// something else. The endpoints of [WithEndpoints] have priority over the store.
func WithEndpointStore(s EndpointStore) Option {
	return func(c *config) error {
		if s == nil {
			return errors.New("WithEndpointStore: the store is nil")
		}
		c.endpointStore = s
		return nil
	}
}

// A MemoryEndpointStore keeps the endpoints in memory until the program ends. Several clients, one after
// the other or at the same time, can share it. The zero value is an empty store. It is safe for
// concurrent use.
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

// A FileEndpointStore keeps endpoints in a file of mode 0600. Save replaces the whole file in one step,
// so that the file always holds the old endpoints or the new ones.
type FileEndpointStore struct{ path string }

// NewFileEndpointStore returns a store that keeps endpoints in the file at path. The file need not exist,
// but its directory must.
func NewFileEndpointStore(path string) *FileEndpointStore { return &FileEndpointStore{path} }

// maxEndpoints is the largest size in bytes that Load reads. Real endpoints have less than a thousand
// bytes.
const maxEndpoints = 1 << 20

// Load implements [EndpointStore]. If the file does not exist, Load returns nil and no error. If the file
// holds something other than endpoints, the error is [ErrInvalid], because the file may belong to another
// program.
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

// keptEndpoints is the client's state of the store.
type keptEndpoints struct {
	store EndpointStore // nil if there is none
	// reading holds one token, which belongs to the caller that is reading the store. The others wait for
	// it. read is true after the store was read.
	reading chan struct{}
	read    bool

	mu         sync.Mutex
	unreadable bool
}

func (k *keptEndpoints) init(store EndpointStore) { k.store, k.reading = store, make(chan struct{}, 1) }

// restore reads the store once, and uses its endpoints if the client has none yet. It returns the
// endpoints that the client uses then, or nil.
func (e *endpointCache) restore(ctx context.Context) *bases {
	k := &e.kept
	if k.store == nil {
		return nil
	}
	select {
	case k.reading <- struct{}{}:
		defer func() { <-k.reading }()
	case <-ctx.Done():
		return nil // the caller sees itself that ctx has ended
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

// believed returns the endpoints from the store as bases, or nil if they must not be used.
func (e *endpointCache) believed(ep *Endpoints) *bases {
	const clocks = time.Hour // how wrong the clock may have been when they were saved
	if ep == nil || ep.FetchedAt.IsZero() || time.Until(ep.FetchedAt) > clocks {
		return nil
	}
	b, err := e.parse(*ep)
	if err != nil || e.refuseHosts(b) != nil {
		return nil
	}
	return b
}

// keep saves the endpoints that discovery returned.
func (e *endpointCache) keep(ctx context.Context, ep Endpoints) {
	e.restore(ctx) // read the store first: if this fails, it may hold something else, and is not written
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
