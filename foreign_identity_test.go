package acd_test

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
)

// stranger is a node that a response names although the call is about another node.
type stranger struct {
	name string
	make func(s *foreign.Service, folder, file string) (id string) // file is the name that the call asks for
}

// strangers are nodes that are not the file with the requested name in the requested folder.
func strangers() []stranger {
	return []stranger{
		{"same name in another folder", func(s *foreign.Service, _, file string) string {
			return s.AddFile(s.AddFolder(s.Root(), "elsewhere"), file, "precious")
		}},
		{"another name in the folder", func(s *foreign.Service, folder, _ string) string {
			return s.AddFile(folder, "precious.txt", "precious")
		}},
		{"another name in another folder", func(s *foreign.Service, _, _ string) string {
			return s.AddFile(s.AddFolder(s.Root(), "elsewhere"), "precious.txt", "precious")
		}},
		{"another kind", func(s *foreign.Service, folder, file string) string {
			return s.Put(foreign.Doc{"kind": "VISUAL_COLLECTION", "name": file, "parents": []any{folder}})
		}},
		{"in the trash", func(s *foreign.Service, folder, file string) string {
			id := s.AddFile(folder, file, "precious")
			s.Set(id, "status", "TRASH")
			return id
		}},
		{"purged", func(s *foreign.Service, folder, file string) string {
			id := s.AddFile(folder, file, "precious")
			s.Set(id, "status", "PURGED")
			return id
		}},
		{"without a parent", func(s *foreign.Service, _, file string) string {
			return s.Put(foreign.Doc{"kind": "FILE", "name": file, "parents": []any{}})
		}},
		{"the root", func(s *foreign.Service, _, _ string) string { return s.Root() }},
		{"the folder itself", func(_ *foreign.Service, folder, _ string) string { return folder }},
		{"unknown", func(*foreign.Service, string, string) string { return "AAAAAAAAAAAAAAAAAAAAAA" }},
	}
}

// snapshot returns the state of a node, to see whether a call changed it.
func snapshot(s *foreign.Service, id string) string {
	doc := s.Doc(id)
	if doc == nil {
		return ""
	}
	return strings.Join([]string{doc["status"].(string), s.Content(id)}, "/")
}

// If a 409 names a node that does not have the requested name in the requested folder, the call
// must not write to that node or return it as its result. It must fail with ErrExists, and the
// error must name both.
func TestConflictThatNamesAStranger(t *testing.T) {
	policies := map[string]acd.ExistsPolicy{"Fail": acd.FailIfExists, "Overwrite": acd.OverwriteIfExists, "SkipIdentical": acd.SkipIdentical}
	for _, who := range strangers() {
		for policy, p := range policies {
			t.Run(policy+"/"+who.name, func(t *testing.T) {
				s := foreign.Start(t)
				folder := s.AddFolder(s.Root(), "folder")
				id := who.make(s, folder, "new.txt")
				before := snapshot(s, id)
				s.Hook(foreign.Instead(postContent, foreign.SayJSON(409, foreign.ErrorBody("NAME_ALREADY_EXISTS", "Node with the name new.txt already exists", id))))
				n, err := foreignClient(t, s).Content.Upload(t.Context(), folder, "new.txt", strings.NewReader("precious"), acd.IfExists(p))
				if err == nil {
					t.Errorf("a stranger became the result: %+v", n)
				} else if !errors.Is(err, acd.ErrExists) {
					t.Errorf("got %v, want ErrExists", err)
				}
				if after := snapshot(s, id); after != before || len(s.Requests("PUT cdproxy/nodes/*/content")) > 0 || len(s.Requests("PUT trash/*")) > 0 {
					t.Errorf("the stranger was touched: %q became %q", before, after)
				}
			})
		}
	}
}

// With deduplication, the service names a file elsewhere that has the same content. The upload must
// fail with ErrExists and the id of that file under every policy, because the file is not in the
// folder.
func TestDuplicateElsewhereIsErrExists(t *testing.T) {
	for _, code := range []string{"MD5_DUPLICATE", "DuplicatesConflictError"} {
		for _, p := range []acd.ExistsPolicy{acd.FailIfExists, acd.OverwriteIfExists, acd.SkipIdentical, acd.KeepBoth} {
			s := foreign.Start(t)
			folder := s.AddFolder(s.Root(), "folder")
			id := s.AddFile(s.AddFolder(s.Root(), "elsewhere"), "new.txt", "same")
			body := foreign.ErrorBody(code, "content exists", id)
			if code == "DuplicatesConflictError" {
				body = map[string]any{"message": "x", "errorCode": code, "errorDetails": map[string]any{"conflictNodeIds": []any{id}}}
			}
			s.Hook(foreign.Instead(postContent, foreign.SayJSON(409, body)))
			var err error
			_ = finish(t, 3*time.Second, func(ctx context.Context) error {
				_, err = foreignClient(t, s).Content.Upload(ctx, folder, "new.txt", strings.NewReader("same"), acd.WithDeduplication(), acd.IfExists(p))
				return err
			})
			var e *acd.Error
			if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.ConflictID != id {
				t.Errorf("%s under policy %d: got %v, want ErrExists with the id", code, p, err)
			}
			if n := len(s.Requests(postContent)); n > 1 {
				t.Errorf("%s under policy %d: %d bodies", code, p, n)
			}
		}
	}
}

// successes are successful responses that describe another node than the one that was made.
func successes() map[string]func(s *foreign.Service, doc map[string]any) {
	return map[string]func(s *foreign.Service, doc map[string]any){
		"made in 2015": func(_ *foreign.Service, doc map[string]any) { doc["createdDate"] = "2015-02-10T07:15:30.120Z" },
		"another folder": func(s *foreign.Service, doc map[string]any) {
			doc["parents"] = []any{s.AddFolder(s.Root(), "elsewhere")}
		},
		"no folder":    func(_ *foreign.Service, doc map[string]any) { doc["parents"] = []any{} },
		"another name": func(_ *foreign.Service, doc map[string]any) { doc["name"] = "precious.txt" },
		"another kind": func(_ *foreign.Service, doc map[string]any) { doc["kind"] = "GROUP" },
		"in the trash": func(_ *foreign.Service, doc map[string]any) { doc["status"] = "TRASH" },
		"purged":       func(_ *foreign.Service, doc map[string]any) { doc["status"] = "PURGED" },
		"old and elsewhere": func(s *foreign.Service, doc map[string]any) {
			doc["createdDate"], doc["parents"] = "2015-02-10T07:15:30.120Z", []any{s.Root()}
		},
	}
}

// If a 201 describes a node with another folder, name, kind, status or time, that is not the node
// which was just made. Uploads and folder creations must fail with an error that names both.
func TestCreatedAnswerThatDescribesAStranger(t *testing.T) {
	calls := map[string]func(ctx context.Context, c *acd.Client, folder string) (*acd.Node, error){
		"Upload": func(ctx context.Context, c *acd.Client, folder string) (*acd.Node, error) {
			return c.Content.Upload(ctx, folder, "new", strings.NewReader("same"))
		},
		"CreateFolder": func(ctx context.Context, c *acd.Client, folder string) (*acd.Node, error) {
			return c.Nodes.CreateFolder(ctx, folder, "new")
		},
		"MkdirAll": func(ctx context.Context, c *acd.Client, folder string) (*acd.Node, error) {
			return c.Nodes.MkdirAll(ctx, folder, "new")
		},
	}
	for call, fn := range calls {
		for name, change := range successes() {
			if call == "MkdirAll" && name == "made in 2015" {
				continue // the result may be an old folder, if it has this name and parent
			}
			t.Run(call+"/"+name, func(t *testing.T) {
				s := foreign.Start(t)
				folder := s.AddFolder(s.Root(), "folder")
				s.AddFile(s.Root(), "old.txt", "same")
				// The service made nothing. Its response describes this node instead.
				doc := map[string]any{"id": "AAAAAAAAAAAAAAAAAAAAAA", "name": "new", "kind": "FOLDER", "status": "AVAILABLE", "version": 1,
					"parents": []any{folder}, "createdDate": time.Now().UTC().Format(time.RFC3339Nano), "modifiedDate": time.Now().UTC().Format(time.RFC3339Nano)}
				if call == "Upload" {
					doc["kind"] = "FILE"
					doc["contentProperties"] = map[string]any{"version": 1, "size": 4, "md5": "51037a4a37730f52c8732586d3aaa316"}
				}
				change(s, doc)
				s.Put(doc)
				s.Hook(foreign.Instead(postContent+"|POST nodes", foreign.SayJSON(201, doc)))
				n, err := fn(t.Context(), foreignClient(t, s), folder)
				if err == nil {
					t.Errorf("a stranger became the result: %+v", n)
				}
				if s.Doc("AAAAAAAAAAAAAAAAAAAAAA")["status"] != doc["status"] {
					t.Error("the stranger was touched")
				}
			})
		}
	}
}

// The service may change the case of a name, because it compares names without case. The node of
// such a response is the node that was made.
func TestCreatedAnswerInAnotherCaseIsTheNode(t *testing.T) {
	s := foreign.Start(t, foreign.AlterJSON(postContent+"|POST nodes", func(body map[string]any) {
		if name, ok := body["name"].(string); ok {
			body["name"] = strings.ToUpper(name)
		}
	}))
	c := foreignClient(t, s)
	if _, err := c.Content.Upload(t.Context(), "", "new.txt", strings.NewReader("x")); err != nil {
		t.Errorf("Upload: %v", err)
	}
	if _, err := c.Nodes.CreateFolder(t.Context(), s.Root(), "new"); err != nil {
		t.Errorf("CreateFolder: %v", err)
	}
}

// MkdirAll uses a folder that a 409 names only if it is available and has the requested name and
// parent.
func TestMkdirAllRefusesStrangers(t *testing.T) {
	folderStrangers := map[string]func(s *foreign.Service) string{
		"trashed, another name": func(s *foreign.Service) string {
			id := s.AddFolder(s.Root(), "other")
			s.Set(id, "status", "TRASH")
			return id
		},
		"trashed": func(s *foreign.Service) string {
			id := s.AddFolder(s.Root(), "new")
			s.Set(id, "status", "TRASH")
			return id
		},
		"another name":   func(s *foreign.Service) string { return s.AddFolder(s.Root(), "other") },
		"another parent": func(s *foreign.Service) string { return s.AddFolder(s.AddFolder(s.Root(), "elsewhere"), "new") },
		"a file":         func(s *foreign.Service) string { return s.AddFile(s.Root(), "other.txt", "x") },
		"the root":       func(s *foreign.Service) string { return s.Root() },
		"pending": func(s *foreign.Service) string {
			id := s.AddFolder(s.AddFolder(s.Root(), "elsewhere"), "new")
			s.Set(id, "status", "PENDING")
			return id
		},
	}
	for name, make := range folderStrangers {
		t.Run(name, func(t *testing.T) {
			s := foreign.Start(t)
			id := make(s)
			s.Hook(foreign.Instead("POST nodes", foreign.SayJSON(409, foreign.ErrorBody("NAME_ALREADY_EXISTS", "taken", id))))
			c := foreignClient(t, s)
			err := finish(t, 15*time.Second, func(ctx context.Context) error {
				n, err := c.Nodes.MkdirAll(ctx, "", "new")
				if err == nil {
					t.Errorf("a stranger became the result: %+v", n)
				}
				return err
			})
			if err != nil && !errors.Is(err, acd.ErrExists) {
				t.Errorf("got %v, want ErrExists", err)
			}
		})
	}
}

// justNow returns a date that is not older than a call which begins now.
func justNow() string {
	return time.Now().Add(time.Second).UTC().Format("2006-01-02T15:04:05.000Z")
}

// A response is lost and nothing was made. The look that follows finds only other nodes. None of
// them may be the result: the call must be retried, or the error must say so.
func TestLookAfterALostAnswerTakesNoStranger(t *testing.T) {
	type plant func(s *foreign.Service, folder string) foreign.Doc
	kinds := map[string]plant{
		"of 2015": func(_ *foreign.Service, folder string) foreign.Doc {
			return foreign.Doc{"name": "new", "parents": []any{folder}, "createdDate": "2015-02-10T07:15:30.120Z"}
		},
		"of another folder": func(s *foreign.Service, _ string) foreign.Doc {
			return foreign.Doc{"name": "new", "parents": []any{s.Root()}}
		},
		"of another name": func(_ *foreign.Service, folder string) foreign.Doc {
			return foreign.Doc{"name": "news", "parents": []any{folder}}
		},
		"in the trash": func(_ *foreign.Service, folder string) foreign.Doc {
			return foreign.Doc{"name": "new", "parents": []any{folder}, "status": "TRASH"}
		},
		"of another kind": func(_ *foreign.Service, folder string) foreign.Doc {
			return foreign.Doc{"name": "new", "parents": []any{folder}, "kind": "GROUP"}
		},
		"without a date": func(_ *foreign.Service, folder string) foreign.Doc {
			return foreign.Doc{"name": "new", "parents": []any{folder}, "createdDate": foreign.Absent}
		},
	}
	for name, plant := range kinds {
		for _, call := range []string{"Upload", "CreateFolder"} {
			t.Run(call+"/"+name, func(t *testing.T) {
				s := foreign.Start(t)
				folder := s.AddFolder(s.Root(), "folder")
				doc := plant(s, folder)
				if doc["kind"] == nil {
					doc["kind"] = map[string]string{"Upload": "FILE", "CreateFolder": "FOLDER"}[call]
				}
				doc["contentProperties"] = map[string]any{"version": 1, "size": 4, "md5": "51037a4a37730f52c8732586d3aaa316"}
				if doc["createdDate"] == nil { // its date must not show that it is another node
					doc["createdDate"] = justNow()
				}
				id := s.Put(doc)
				// Listings show this node whatever the client asks for, like a search index that
				// lags behind.
				s.Hook(foreign.Instead(listings, func(w http.ResponseWriter, r *http.Request) {
					foreign.SayJSON(200, map[string]any{"count": 1, "data": []any{s.Doc(id)}})(w, r)
				}), foreign.Times(1, postContent+"|POST nodes", foreign.Instead("", foreign.ResetAtEnd)))
				c := foreignClient(t, s)
				var n *acd.Node
				var err error
				if call == "Upload" {
					n, err = c.Content.Upload(t.Context(), folder, "new", strings.NewReader("same"))
				} else {
					n, err = c.Nodes.CreateFolder(t.Context(), folder, "new")
				}
				if err == nil && n.ID == id {
					t.Errorf("a stranger became the result: %+v", n)
				}
			})
		}
	}
}

// The connection of the first attempt breaks in the body, and nothing was made. The 409 of the
// second attempt names another node. That node must not be the result, even if it has the content
// of the upload.
func TestConflictAfterALostAnswerTakesNoStranger(t *testing.T) {
	all := append(strangers(), stranger{"made by another program just now, elsewhere", func(s *foreign.Service, _, file string) string {
		return s.AddFile(s.AddFolder(s.Root(), "elsewhere"), file, "precious")
	}}, stranger{"a folder of that name elsewhere", func(s *foreign.Service, _, file string) string {
		return s.AddFolder(s.AddFolder(s.Root(), "elsewhere"), file)
	}}, stranger{"a trashed folder of another name", func(s *foreign.Service, folder, _ string) string {
		id := s.AddFolder(folder, "other")
		s.Set(id, "status", "TRASH")
		return id
	}})
	content := strings.Repeat("precious", 1<<18) // more than the buffers of the sockets hold
	sum := fmt.Sprintf("%x", md5.Sum([]byte(content)))
	breaks := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadFull(r.Body, make([]byte, 10))
		foreign.Reset(w)
	}
	for _, who := range all {
		for _, call := range []string{"Upload", "CreateFolder", "MkdirAll"} {
			t.Run(call+"/"+who.name, func(t *testing.T) {
				s := foreign.Start(t)
				folder := s.AddFolder(s.Root(), "folder")
				id := who.make(s, folder, "new")
				if s.Doc(id) != nil { // date and content must not show that it is another node
					s.Set(id, "createdDate", justNow())
					s.Set(id, "contentProperties", map[string]any{"version": 1, "size": len(content), "md5": sum})
				}
				before := snapshot(s, id)
				const making = postContent + "|POST nodes"
				s.Hook(foreign.Instead(making, foreign.SayJSON(409, foreign.ErrorBody("NAME_ALREADY_EXISTS", "taken", id))),
					foreign.Times(1, making, foreign.Instead("", breaks)))
				c := foreignClient(t, s)
				err := finish(t, 15*time.Second, func(ctx context.Context) (err error) {
					var n *acd.Node
					switch call {
					case "Upload":
						n, err = c.Content.Upload(ctx, folder, "new", strings.NewReader(content))
					case "CreateFolder":
						n, err = c.Nodes.CreateFolder(ctx, folder, "new")
					default:
						n, err = c.Nodes.MkdirAll(ctx, folder, "new")
					}
					if err == nil {
						t.Errorf("a stranger became the result: %+v", n)
					}
					return err
				})
				if err != nil && !errors.Is(err, acd.ErrExists) && !errors.Is(err, acd.ErrOutcomeUnknown) && !errors.Is(err, acd.ErrNotFound) {
					t.Errorf("got %v, want ErrExists, or that the named node is not there", err)
				}
				if after := snapshot(s, id); after != before {
					t.Errorf("the stranger was touched: %q became %q", before, after)
				}
			})
		}
	}
}

// After an overwrite whose response is lost, the client reads the node, and the response describes
// another node. That must not count as proof that the overwrite was applied.
func TestLookAfterALostOverwriteTakesNoStranger(t *testing.T) {
	for _, base := range []string{"the whole node", "only the id"} {
		s := foreign.Start(t)
		id := s.AddFile(s.Root(), "a.txt", "old")
		c := foreignClient(t, s)
		n, err := c.Nodes.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if base == "only the id" {
			n = &acd.Node{ID: id}
		}
		other := s.AddFile(s.AddFolder(s.Root(), "elsewhere"), "a.txt", "new")
		s.Set(other, "version", 99)
		s.Hook(foreign.Instead("PUT cdproxy/nodes/*/content", foreign.ResetAtEnd),
			foreign.Instead("GET nodes/*", func(w http.ResponseWriter, r *http.Request) { foreign.SayJSON(200, s.Doc(other))(w, r) }))
		if got, err := c.Content.Overwrite(t.Context(), n, strings.NewReader("new")); err == nil {
			t.Errorf("%s: a stranger became the result: %+v", base, got)
		}
	}
}

// Overwrite, Rename, Trash and similar calls must fail if the response describes a node with
// another id.
func TestAnswerAboutAnotherID(t *testing.T) {
	for _, m := range methods(t) {
		switch m.name {
		case "Nodes.Get", "Nodes.Rename", "Nodes.Update", "Nodes.Move", "Nodes.AddParent", "Nodes.RemoveParent", "Nodes.Trash", "Nodes.Restore",
			"Content.Overwrite", "Content.TempLink":
		default:
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			s := foreign.Start(t)
			call := m.ready(s)
			other := s.AddFile(s.Root(), "precious.txt", "precious")
			s.Hook(foreign.After(m.on, func(w http.ResponseWriter, r *http.Request, _ *httptest.ResponseRecorder) {
				doc := s.Doc(other)
				doc["tempLink"] = s.URL + "/cdproxy/templink/" + other
				foreign.SayJSON(200, doc)(w, r)
			}))
			if err := call(t.Context(), foreignClient(t, s)); err == nil {
				t.Error("an answer about another node was a success")
			}
		})
	}
}

// Where a folder is listed, read or added to, an empty folder id means the root. The service knows
// no node with an empty id: requests must contain the root's id or no id.
func TestEmptyFolderIDIsTheRoot(t *testing.T) {
	calls := map[string]func(ctx context.Context, c *acd.Client) error{
		"CreateFolder": func(ctx context.Context, c *acd.Client) error {
			_, err := c.Nodes.CreateFolder(ctx, "", "new")
			return err
		},
		"MkdirAll": func(ctx context.Context, c *acd.Client) error {
			_, err := c.Nodes.MkdirAll(ctx, "", "new/deep")
			return err
		},
		"Child": func(ctx context.Context, c *acd.Client) error {
			_, err := c.Nodes.Child(ctx, "", "old.txt")
			return err
		},
		"Resolve": func(ctx context.Context, c *acd.Client) error {
			_, err := c.Nodes.Resolve(ctx, "", "old.txt")
			return err
		},
		"Children": func(ctx context.Context, c *acd.Client) error {
			nodes, err := collect(c.Nodes.Children(ctx, "", acd.ListOptions{}))
			if len(nodes) != 1 {
				return errors.Join(err, errors.New("not the root's children: "+nodeNames(nodes)))
			}
			return err
		},
		"Walk": func(ctx context.Context, c *acd.Client) error {
			return seqErr(c.Nodes.Walk(ctx, "", acd.WalkOptions{}))
		},
		"Upload": func(ctx context.Context, c *acd.Client) error {
			_, err := c.Content.Upload(ctx, "", "new.txt", strings.NewReader("x"))
			return err
		},
		"FS": func(ctx context.Context, c *acd.Client) error {
			_, err := fs.ReadFile(c.FS(ctx, ""), "old.txt")
			return err
		},
	}
	for name, call := range calls {
		s := foreign.Start(t)
		s.AddFile(s.Root(), "old.txt", "old")
		if err := call(t.Context(), foreignClient(t, s)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
