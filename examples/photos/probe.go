package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/photos"
)

func (a *app) probeCommand() program.Command {
	l := a.library()
	return program.Command{
		Name: "probe", Summary: "ask the service some 30 harmless questions that its users could not answer yet",
		Help: `Nothing is changed, and nothing personal is printed: statuses, numbers of nodes, and the names of fields. Please
send what it prints to the project: see docs/wire-photos.md, section 8.`,
		Flags: func(fs *flag.FlagSet) { l.register(fs) },
		Run: func(ctx context.Context, con *program.Console, _ []string) error {
			ctx, client, err := l.open(ctx, con)
			if err != nil {
				return err
			}
			p := &probe{client: client.Drive, con: con}
			return p.run(ctx, client)
		},
	}
}

// probe prints what the service answers, without anything of what is in it.
type probe struct {
	client *acd.Client
	con    *program.Console
	ended  error
}

func (p *probe) run(ctx context.Context, client *photos.Client) error {
	p.paging(ctx)
	p.searching(ctx)
	p.account(ctx)
	p.nodes(ctx, client)
	if p.ended != nil {
		return p.ended
	}
	return ctx.Err()
}

// ask makes one call, and prints a line: the status, and what look says of the answer.
func (p *probe) ask(ctx context.Context, question string, call acd.Call, look func(*http.Response, []byte) string) {
	if p.ended != nil || ctx.Err() != nil {
		return
	}
	call.Op = "Probe"
	said := ""
	call.Decode = func(resp *http.Response) error {
		text, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
		said = fmt.Sprintf("%d, %s", resp.StatusCode, look(resp, text))
		return err
	}
	resp, err := p.client.Do(ctx, call)
	if resp != nil {
		resp.Body.Close()
	}
	if e, ok := errors.AsType[*acd.Error](err); ok {
		said = fmt.Sprintf("%d %s", e.StatusCode, e.Code)
	} else if err != nil {
		said = "no answer"
	}
	if errors.Is(err, photos.ErrSignInAgain) {
		p.ended = err
		return
	}
	fmt.Fprintf(p.con.Out, "%-64s %s\n", question, said)
}

// paging: which parameters bring a page token, and whether asset and the session header are needed.
func (p *probe) paging(ctx context.Context) {
	for _, filter := range []string{"kind:FILE", "kind:FOLDER", "kind:VISUAL_COLLECTION"} {
		for _, parameters := range []string{"", "tempLink=false", "asset=ALL&tempLink=false", "asset=ALL&tempLink=true"} {
			q, err := url.ParseQuery(parameters)
			if err != nil {
				continue
			}
			q.Set("filters", filter)
			q.Set("limit", "5")
			p.ask(ctx, "nodes "+filter+" "+parameters, acd.Call{Path: "nodes", Query: q}, lookAtPage)
		}
	}
	p.ask(ctx, "nodes at offset 9998, limit 1", acd.Call{Path: "nodes", Query: url.Values{"offset": {"9998"}, "limit": {"1"}}}, lookAtPage)
	p.ask(ctx, "nodes at offset 9999, limit 1", acd.Call{Path: "nodes", Query: url.Values{"offset": {"9999"}, "limit": {"1"}}}, lookAtPage)
	p.ask(ctx, "trash", acd.Call{Path: "trash", Query: url.Values{"limit": {"5"}}}, lookAtPage)
}

func (p *probe) searching(ctx context.Context) {
	for _, filter := range []string{"type:(PHOTOS)", "type:(VIDEOS)", "type:(ALBUMS)", "type:(PHOTOS) AND settings.hidden:true", "type:(PHOTOS) AND settings.hidden:(true)", "type:(PHOTOS) AND favorite:(true)"} {
		for _, sort := range []string{"", "['createdDate DESC']"} {
			q := url.Values{"filters": {filter}, "limit": {"5"}, "searchContext": {"customer"}}
			if sort != "" {
				q.Set("sort", sort)
			}
			p.ask(ctx, "search "+filter+" "+sort, acd.Call{Path: "search", Query: q}, lookAtPage)
		}
	}
}

func (p *probe) account(ctx context.Context) {
	for _, path := range []string{"account/endpoint", "account/info", "account/usage", "account/quota", "search/aggregation?category=type"} {
		path, query, _ := strings.Cut(path, "?")
		q, err := url.ParseQuery(query)
		if err != nil {
			continue
		}
		p.ask(ctx, path, acd.Call{Path: path, Query: q}, lookAtFields)
	}
	p.ask(ctx, "changes", acd.Call{Path: "changes", Method: http.MethodPost, Repeatable: true, Body: strings.NewReader(`{"maxNodes":1,"resourceVersion":"V2","ContentType":"JSON"}`)}, lookAtFields)
}

// nodes: what a member of an album says of it, and where an original comes from.
func (p *probe) nodes(ctx context.Context, client *photos.Client) {
	for album, err := range client.Albums.List(ctx) {
		if err != nil {
			break
		}
		p.ask(ctx, "the first items of an album", acd.Call{Path: "nodes/" + url.PathEscape(album.ID) + "/children", Query: url.Values{"limit": {"5"}, "asset": {"ALL"}}}, func(_ *http.Response, text []byte) string {
			return fmt.Sprintf("%s; in parents %v, in xAccntParents %v, in parentMap %v", lookAtPage(nil, text),
				containsIn(text, "parents", album.ID), containsIn(text, "xAccntParents", album.ID), containsIn(text, "parentMap", album.ID))
		})
		break
	}
	for n, err := range client.Library.Search(ctx, photos.Query{}) {
		if err != nil {
			break
		}
		p.ask(ctx, "the first 4 bytes of an original, by its redirection", acd.Call{
			Path: "nodes/" + url.PathEscape(n.ID) + "/contentRedirection", Query: url.Values{"querySuffix": {"?download=true"}},
			Header: http.Header{"Range": {"bytes=0-3"}}, AnyContent: true,
		}, func(resp *http.Response, text []byte) string {
			return fmt.Sprintf("from %s, %d bytes, Content-Range there: %v", hostOf(resp), len(text), resp.Header.Get("Content-Range") != "")
		})
		break
	}
}
