package acd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
)

// The tests in foreign_*_test.go run the client against a fake service that was written without
// reading the client's code. This file has what these tests share.

// noLimiter limits nothing, so that a test shows what the calls do, not what the limiter does.
type noLimiter struct{}

func (noLimiter) Acquire(context.Context) (func(acd.Outcome), error) {
	return func(acd.Outcome) {}, nil
}

func quickRetries(attempts int) acd.Option {
	return acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: attempts, BaseDelay: time.Millisecond,
		MaxDelay: 2 * time.Millisecond, MaxRetryAfter: 2 * time.Millisecond})
}

// foreignClient returns a client of s that finds its endpoints by discovery. Each call has up to
// three attempts, with short waits.
func foreignClient(t testing.TB, s *foreign.Service, opts ...acd.Option) *acd.Client {
	t.Helper()
	all := []acd.Option{acd.WithDiscoveryURL(s.Discovery()), acd.WithLimiter(noLimiter{}), quickRetries(3),
		acd.WithUploadWaitPerGiB(0)}
	token := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: foreign.Token})
	client, err := acd.NewClient(context.Background(), token, append(all, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// finish runs call, and fails the test if call has not returned after limit. The context does not
// end before that, so that the test sees the limit of the call itself.
func finish(t *testing.T, limit time.Duration, call func(ctx context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- call(ctx) }()
	select {
	case err := <-done:
		return err
	case <-time.After(limit):
		cancel()
		t.Fatalf("not back after %v", limit)
		return nil
	}
}

// collect ranges over a listing to its end or its first error.
func collect(seq func(func(*acd.Node, error) bool)) (nodes []*acd.Node, err error) {
	seq(func(n *acd.Node, e error) bool {
		if e != nil {
			err = e
			return false
		}
		nodes = append(nodes, n)
		return true
	})
	return nodes, err
}

func nodeNames(nodes []*acd.Node) string {
	var all []string
	for _, n := range nodes {
		all = append(all, n.Name)
	}
	return strings.Join(all, " ")
}

// onlyReader hides all methods of a reader except Read, so that it cannot be read again.
type onlyReader struct{ io.Reader }

// memoryLog is a log in memory. It can be read while it is written to.
type memoryLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *memoryLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *memoryLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *memoryLog) option() acd.Option {
	return acd.WithLogger(slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

// atWriter is an io.WriterAt that stores nothing.
type atWriter struct{}

func (atWriter) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

// method is a method of the public API, with nodes made only for it.
type method struct {
	name string
	// on matches the requests whose response decides the result of the method.
	on foreign.Match
	// empty says that an empty object is a valid response for this method.
	empty bool
	// none says that the method needs only the status of the response.
	none bool
	// ready makes the nodes for the call and returns the call. The call itself only sends requests.
	ready func(*foreign.Service) func(context.Context, *acd.Client) error
}

var uniqueNames atomic.Int64

func uniqueName(ext string) string { return fmt.Sprintf("u%d%s", uniqueNames.Add(1), ext) }

// on1 makes a method that is called with one file, in a folder made for it.
func on1(call func(ctx context.Context, c *acd.Client, folder, file string) error) func(*foreign.Service) func(context.Context, *acd.Client) error {
	return func(s *foreign.Service) func(context.Context, *acd.Client) error {
		folder := s.AddFolder(s.Root(), uniqueName(""))
		file := s.AddFile(folder, "file.jpg", "some content")
		return func(ctx context.Context, c *acd.Client) error { return call(ctx, c, folder, file) }
	}
}

func seqErr[T any](seq func(func(T, error) bool)) (err error) {
	seq(func(_ T, e error) bool { err = e; return e == nil })
	return err
}

func fileNode(id string) *acd.Node {
	return &acd.Node{ID: id, Name: "file.jpg", Kind: acd.KindFile, Status: acd.StatusAvailable, Version: 2,
		ContentProperties: acd.ContentProperties{Version: 1, Size: 12, MD5: "9893532233caff98cd083a116b013c0b"}}
}

// methods returns all methods that send requests, except endless ones, which have their own list.
func methods(t testing.TB) []method {
	dir := t.TempDir()
	var m []method
	m = append(m, accountMethods()...)
	m = append(m, nodeReads()...)
	m = append(m, nodeWrites()...)
	m = append(m, contentMethods(dir)...)
	return append(m, changeMethods()...)
}

func accountMethods() []method {
	return []method{
		{name: "Account.Endpoints", on: "GET account/endpoint", ready: on1(func(ctx context.Context, c *acd.Client, _, _ string) error {
			_, err := c.Account.Endpoints(ctx)
			return err
		})},
		{name: "Account.Info", on: "GET account/info", ready: on1(func(ctx context.Context, c *acd.Client, _, _ string) error {
			_, err := c.Account.Info(ctx)
			return err
		})},
		{name: "Account.Quota", on: "GET account/quota", ready: on1(func(ctx context.Context, c *acd.Client, _, _ string) error {
			_, err := c.Account.Quota(ctx)
			return err
		})},
		{name: "Account.Usage", on: "GET account/usage", empty: true, ready: on1(func(ctx context.Context, c *acd.Client, _, _ string) error {
			_, err := c.Account.Usage(ctx)
			return err
		})},
		{name: "Account.About", on: "GET account/quota", ready: on1(func(ctx context.Context, c *acd.Client, _, _ string) error {
			_, err := c.Account.About(ctx, acd.WithTrashSize())
			return err
		})},
	}
}

func nodeReads() []method {
	return []method{
		{name: "Nodes.Root", on: "GET nodes", ready: on1(func(ctx context.Context, c *acd.Client, _, _ string) error {
			_, err := c.Nodes.Root(ctx)
			return err
		})},
		{name: "Nodes.Get", on: "GET nodes/*", ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			_, err := c.Nodes.Get(ctx, file)
			return err
		})},
		{name: "Nodes.List", on: "GET nodes", ready: on1(func(ctx context.Context, c *acd.Client, _, _ string) error {
			return seqErr(c.Nodes.List(ctx, acd.ListOptions{Filter: acd.FieldName.Is("file.jpg")}))
		})},
		{name: "Nodes.Children", on: "GET nodes|GET nodes/*/children", ready: on1(func(ctx context.Context, c *acd.Client, folder, _ string) error {
			return seqErr(c.Nodes.Children(ctx, folder, acd.ListOptions{}))
		})},
		{name: "Nodes.Trashed", on: "GET trash", ready: on1(func(ctx context.Context, c *acd.Client, _, _ string) error {
			return seqErr(c.Nodes.Trashed(ctx, acd.ListOptions{}))
		})},
		{name: "Nodes.Child", on: "GET nodes|GET nodes/*/children", ready: on1(func(ctx context.Context, c *acd.Client, folder, _ string) error {
			_, err := c.Nodes.Child(ctx, folder, "file.jpg")
			return err
		})},
		{name: "Nodes.Resolve", on: "GET nodes|GET nodes/*/children", ready: on1(func(ctx context.Context, c *acd.Client, folder, _ string) error {
			_, err := c.Nodes.Resolve(ctx, folder, "file.jpg")
			return err
		})},
		{name: "Nodes.Paths", on: "GET nodes/*", ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			_, err := c.Nodes.Paths(ctx, file)
			return err
		})},
		{name: "Nodes.Walk", on: "GET nodes|GET nodes/*/children", ready: on1(func(ctx context.Context, c *acd.Client, folder, _ string) error {
			return seqErr(c.Nodes.Walk(ctx, folder, acd.WalkOptions{}))
		})},
		{name: "Nodes.Properties", on: "GET nodes/*/properties/*", empty: true, ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			_, err := c.Nodes.Properties(ctx, file, "foreign-test")
			return err
		})},
		{name: "FS.ReadDir", on: "GET nodes|GET nodes/*/children", ready: on1(func(ctx context.Context, c *acd.Client, folder, _ string) error {
			_, err := fs.ReadDir(c.FS(ctx, folder), ".")
			return err
		})},
	}
}

// write makes a method whose response is one node.
func write(name string, on foreign.Match, call func(ctx context.Context, c *acd.Client, folder, file string) (*acd.Node, error)) method {
	return method{name: name, on: on, ready: on1(func(ctx context.Context, c *acd.Client, folder, file string) error {
		_, err := call(ctx, c, folder, file)
		return err
	})}
}

func nodeWrites() []method {
	return []method{
		write("Nodes.CreateFolder", "POST nodes", func(ctx context.Context, c *acd.Client, folder, _ string) (*acd.Node, error) {
			return c.Nodes.CreateFolder(ctx, folder, "new")
		}),
		write("Nodes.MkdirAll", "POST nodes", func(ctx context.Context, c *acd.Client, folder, _ string) (*acd.Node, error) {
			return c.Nodes.MkdirAll(ctx, folder, "a/b")
		}),
		write("Nodes.Rename", "PATCH nodes/*", func(ctx context.Context, c *acd.Client, _, file string) (*acd.Node, error) {
			return c.Nodes.Rename(ctx, file, "other.jpg")
		}),
		write("Nodes.Update", "PATCH nodes/*", func(ctx context.Context, c *acd.Client, _, file string) (*acd.Node, error) {
			return c.Nodes.Update(ctx, file, acd.SetDescription("text"), acd.SetLabels("a"))
		}),
		{name: "Nodes.Move", on: "POST nodes/*/children", ready: moved("")},
		{name: "Nodes.Move as", on: "POST nodes/*/children|PATCH nodes/*", ready: moved("other.jpg")},
		{name: "Nodes.AddParent", on: "PUT nodes/*/children/*", ready: func(s *foreign.Service) func(context.Context, *acd.Client) error {
			to, file := s.AddFolder(s.Root(), uniqueName("")), s.AddFile(s.Root(), uniqueName(".jpg"), "x")
			return func(ctx context.Context, c *acd.Client) error {
				_, err := c.Nodes.AddParent(ctx, file, to)
				return err
			}
		}},
		write("Nodes.RemoveParent", "DELETE nodes/*/children/*", func(ctx context.Context, c *acd.Client, folder, file string) (*acd.Node, error) {
			return c.Nodes.RemoveParent(ctx, file, folder)
		}),
		write("Nodes.Trash", "PUT trash/*", func(ctx context.Context, c *acd.Client, _, file string) (*acd.Node, error) {
			return c.Nodes.Trash(ctx, file)
		}),
		{name: "Nodes.Restore", on: "POST trash/*/restore", ready: func(s *foreign.Service) func(context.Context, *acd.Client) error {
			file := s.AddFile(s.Root(), uniqueName(".jpg"), "x")
			s.Set(file, "status", "TRASH")
			return func(ctx context.Context, c *acd.Client) error {
				_, err := c.Nodes.Restore(ctx, file)
				return err
			}
		}},
		{name: "Nodes.TrashAll", on: "PATCH trash", none: true, ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			return c.Nodes.TrashAll(ctx, []string{file})
		})},
		{name: "Nodes.RestoreAll", on: "PATCH trash", none: true, ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			return c.Nodes.RestoreAll(ctx, []string{file})
		})},
		{name: "Nodes.PurgeAll", on: "POST bulk/nodes/purge", none: true, ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			return c.Nodes.PurgeAll(ctx, []string{file})
		})},
		{name: "Nodes.Purge", on: "DELETE nodes/*", none: true, ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			return c.Nodes.Purge(ctx, file)
		})},
		{name: "Nodes.SetProperty", on: "PUT nodes/*/properties/*/*", none: true, ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			return c.Nodes.SetProperty(ctx, file, "foreign-test", "key", "value")
		})},
		{name: "Nodes.DeleteProperty", on: "DELETE nodes/*/properties/*/*", none: true, ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			return c.Nodes.DeleteProperty(ctx, file, "foreign-test", "key")
		})},
	}
}

func moved(name string) func(*foreign.Service) func(context.Context, *acd.Client) error {
	return func(s *foreign.Service) func(context.Context, *acd.Client) error {
		from, to := s.AddFolder(s.Root(), uniqueName("")), s.AddFolder(s.Root(), uniqueName(""))
		file := s.AddFile(from, "file.jpg", "x")
		return func(ctx context.Context, c *acd.Client) error {
			var opts []acd.MoveOption
			if name != "" {
				opts = append(opts, acd.MoveAs(name))
			}
			_, err := c.Nodes.Move(ctx, file, from, to, opts...)
			return err
		}
	}
}

func contentMethods(dir string) []method {
	return []method{
		write("Content.Upload", "POST cdproxy/nodes", func(ctx context.Context, c *acd.Client, folder, _ string) (*acd.Node, error) {
			return c.Content.Upload(ctx, folder, "new.jpg", strings.NewReader("new content"))
		}),
		write("Content.Overwrite", "PUT cdproxy/nodes/*/content", func(ctx context.Context, c *acd.Client, _, file string) (*acd.Node, error) {
			return c.Content.Overwrite(ctx, fileNode(file), strings.NewReader("new content"))
		}),
		{name: "Content.Open", on: "GET cdproxy/nodes/*/content", ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			r, err := c.Content.Open(ctx, fileNode(file))
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, r)
			return errors.Join(err, r.Close())
		})},
		{name: "Content.Open and ReadAt", on: "GET cdproxy/nodes/*/content", ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			r, err := c.Content.Open(ctx, fileNode(file))
			if err != nil {
				return err
			}
			_, err = r.ReadAt(make([]byte, 4), 2)
			return errors.Join(err, r.Close())
		})},
		{name: "Content.Download", on: "GET cdproxy/nodes/*/content", ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			return c.Content.Download(ctx, fileNode(file), atWriter{})
		})},
		{name: "Content.DownloadFile", on: "GET cdproxy/nodes/*/content", ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			return c.Content.DownloadFile(ctx, fileNode(file), filepath.Join(dir, uniqueName(".jpg")))
		})},
		{name: "Content.DownloadFileIn", on: "GET cdproxy/nodes/*/content", ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			root, err := os.OpenRoot(dir)
			if err != nil {
				return err
			}
			defer root.Close()
			return c.Content.DownloadFileIn(ctx, fileNode(file), root, uniqueName(".jpg"))
		})},
		{name: "Content.TempLink", on: "GET nodes/*", ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			_, err := c.Content.TempLink(ctx, fileNode(file).ID)
			return err
		})},
		{name: "Content.Thumbnail", on: "GET cdproxy/nodes/*/content", ready: on1(func(ctx context.Context, c *acd.Client, _, file string) error {
			_, err := c.Content.Thumbnail(ctx, file, 100)
			return err
		})},
		{name: "FS.ReadFile", on: "GET cdproxy/nodes/*/content", ready: on1(func(ctx context.Context, c *acd.Client, folder, _ string) error {
			_, err := fs.ReadFile(c.FS(ctx, folder), "file.jpg")
			return err
		})},
	}
}

func changeMethods() []method {
	return []method{
		{name: "Changes.Since", on: "POST changes", ready: on1(func(ctx context.Context, c *acd.Client, _, _ string) error {
			return seqErr(c.Changes.Since(ctx, "", acd.ChangesOptions{}))
		})},
		{name: "Changes.Watch", on: "POST changes", ready: on1(func(ctx context.Context, c *acd.Client, _, _ string) error {
			enough := errors.New("enough")
			err := c.Changes.Watch(ctx, &acd.MemoryCheckpointStore{},
				func(context.Context, *acd.ChangeSet) error { return enough }, acd.WatchOptions{Interval: time.Millisecond})
			if errors.Is(err, enough) {
				return nil
			}
			return err
		})},
	}
}

// Every method of the API must work if the service behaves well. Otherwise a failure with a
// misbehaving service would prove nothing.
func TestForeignServicePoliteToEveryMethod(t *testing.T) {
	s := foreign.Start(t)
	c := foreignClient(t, s)
	for _, m := range methods(t) {
		t.Run(m.name, func(t *testing.T) {
			if err := m.ready(s)(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if len(s.Requests(m.on)) == 0 {
				t.Fatalf("no request was seen at %q", m.on)
			}
		})
	}
}
