package photos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/amazonsites"
)

// A Share is a public link of Amazon Photos. It is read without signing in. It gives only pictures
// that the service renders, because only the owner can read the originals.
type Share struct {
	// Name is the owner's name for the link. It may be empty.
	Name string

	drive *acd.Client
	nodes acd.Call   // lists the items
	right url.Values // parameters that give access
}

const opShare = "OpenShare"

// OpenShare opens a link such as https://www.amazon.de/photos/share/... (an album or single photos)
// or https://www.amazon.de/photos/shared/... (a group). The options are for the client that
// OpenShare makes. This client sends no credentials. If the link is no longer valid, the error is
// [acd.ErrNotFound].
func OpenShare(ctx context.Context, link string, opts ...acd.Option) (*Share, error) {
	site, kind, key, err := parseShare(link)
	if err != nil {
		return nil, invalid(opShare, err)
	}
	opts = append([]acd.Option{acd.WithPhotos(site.Name), acd.WithEndpoints(acd.Endpoints{
		MetadataURL: site.MetadataURL(), ContentURL: site.ContentURLs()[0],
		ThumbnailServiceURL: site.ThumbnailsURL(), GroupsURL: site.GroupsURL(),
	})}, opts...)
	drive, err := acd.NewClient(ctx, nil, opts...)
	if err != nil {
		return nil, err
	}
	if kind == "shared" {
		return openGroup(ctx, drive, key)
	}
	return openNodes(ctx, drive, key)
}

// parseShare parses a link. Its errors do not contain the link, because anybody who has the link
// can read the photos.
func parseShare(link string) (site amazonsites.Site, kind, key string, err error) {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || u.Host == "" {
		return site, "", "", errors.New("the link is no URL")
	}
	site, ok := amazonsites.ByName(u.Host)
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if !ok || u.Scheme != "https" || len(parts) != 3 || parts[0] != "photos" || parts[1] != "share" && parts[1] != "shared" || parts[2] == "" {
		return site, "", "", errors.New("the link does not begin as https://www.amazon.com/photos/share/ or https://www.amazon.com/photos/shared/ do, on one of the sites that have Amazon Photos")
	}
	return site, parts[1], parts[2], nil
}

// openNodes opens a link to an album or to photos.
func openNodes(ctx context.Context, drive *acd.Client, key string) (*Share, error) {
	s := &Share{drive: drive, right: url.Values{"shareId": {key}}}
	var answer struct {
		NodeInfo struct{ ID, Name string }
	}
	err := drop(drive.Do(ctx, acd.Call{Op: opShare, Path: "shares/" + url.PathEscape(key), SecretPath: true, Query: url.Values{"shareId": {key}}, Decode: func(resp *http.Response) error {
		if err := decodeJSON(resp, &answer); err != nil {
			return err
		}
		if answer.NodeInfo.ID == "" {
			return errors.New("the answer names no node")
		}
		return nil
	}}))
	if err != nil {
		return nil, err
	}
	s.Name = answer.NodeInfo.Name
	s.nodes = acd.Call{Op: "Share.Items", Path: "nodes/" + url.PathEscape(answer.NodeInfo.ID) + "/children",
		Query: url.Values{"shareId": {key}, "asset": {"ALL"}, "tempLink": {"false"}, "sort": {"['createdDate DESC']"}}}
	return s, nil
}

// openGroup opens a link to a group. The key is the group's id, a dot and a secret.
func openGroup(ctx context.Context, drive *acd.Client, key string) (*Share, error) {
	group, token, ok := strings.Cut(key, ".")
	if !ok || group == "" || token == "" {
		return nil, invalid(opShare, errors.New("the link to a group ends with an id, a dot and a secret"))
	}
	s := &Share{drive: drive, right: url.Values{"groupShareToken": {token}}}
	s.nodes = acd.Call{Op: "Share.Items", Path: "search/groups/" + url.PathEscape(group),
		Query: url.Values{"groupShareToken": {token}, "searchContext": {string(Groups)}, "asset": {"ALL"}, "tempLink": {"false"}, "sort": {"['createdDate DESC']"}}}
	err := drop(drive.Do(ctx, acd.Call{Op: opShare, Base: acd.BaseGroups, Path: "photosGroups/shares/" + url.PathEscape(token), SecretPath: true, Decode: func(resp *http.Response) error {
		text, err := readAnswer(resp)
		if err != nil {
			return err
		}
		var answer struct{ Name, GroupName string }
		err = json.Unmarshal(text, &answer)
		s.Name = answer.Name + answer.GroupName
		return err
	}}))
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Items yields the photos and videos of the link, newest first.
func (s *Share) Items(ctx context.Context) iter.Seq2[*acd.Node, error] {
	call := s.nodes
	return s.drive.DoPages(ctx, call)
}

// Rendition returns a picture of an item that fits into a square of maxDim pixels. Through a link,
// no larger picture is available than the service renders, and never the original.
func (s *Share) Rendition(ctx context.Context, n *acd.Node, maxDim int) (*acd.Thumbnail, error) {
	query := url.Values{}
	for k, v := range s.right {
		query[k] = v
	}
	if n.OwnerID != "" {
		query.Set("ownerId", n.OwnerID)
	}
	return rendition(ctx, s.drive, "Share.Rendition", n.ID, maxDim, query)
}

// String does not contain the link, because anybody who has the link can read the photos.
func (s *Share) String() string { return fmt.Sprintf("photos.Share(%q)", s.Name) }
