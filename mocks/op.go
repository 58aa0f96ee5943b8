package mocks

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// An Op names an operation of the API, by the method of the client that calls it. In a [Fault] it
// may also be a [path.Match] pattern, such as "Content.*".
type Op string

// The operations of the drive.
const (
	// OpAccountEndpoints is discovery: GET account/endpoint.
	OpAccountEndpoints Op = "Account.Endpoints"
	// OpAccountInfo is GET account/info.
	OpAccountInfo Op = "Account.Info"
	// OpAccountQuota is GET account/quota.
	OpAccountQuota Op = "Account.Quota"
	// OpAccountUsage is GET account/usage.
	OpAccountUsage Op = "Account.Usage"
	// OpNodesList is GET nodes. Look-ups of the root use it too.
	OpNodesList Op = "Nodes.List"
	// OpNodesChildren is GET nodes/{id}/children. Look-ups by name use it too.
	OpNodesChildren Op = "Nodes.Children"
	// OpNodesTrashed is GET trash.
	OpNodesTrashed Op = "Nodes.Trashed"
	// OpNodesSearch is GET search, of Amazon Photos.
	OpNodesSearch Op = "Nodes.Search"
	// OpNodesGet is GET nodes/{id}.
	OpNodesGet Op = "Nodes.Get"
	// OpNodesCreateFolder is POST nodes on the metadata host.
	OpNodesCreateFolder Op = "Nodes.CreateFolder"
	// OpNodesUpdate is PATCH nodes/{id}: name, labels, description.
	OpNodesUpdate Op = "Nodes.Update"
	// OpNodesMove is POST nodes/{id}/children.
	OpNodesMove Op = "Nodes.Move"
	// OpNodesAddParent is PUT nodes/{parent}/children/{id}.
	OpNodesAddParent Op = "Nodes.AddParent"
	// OpNodesRemoveParent is DELETE nodes/{parent}/children/{id}.
	OpNodesRemoveParent Op = "Nodes.RemoveParent"
	// OpNodesUpdateAlbum is PATCH nodes/{id}/children, of Amazon Photos.
	OpNodesUpdateAlbum Op = "Nodes.UpdateAlbum"
	// OpNodesTrash is PUT trash/{id}.
	OpNodesTrash Op = "Nodes.Trash"
	// OpNodesRestore is POST trash/{id}/restore.
	OpNodesRestore Op = "Nodes.Restore"
	// OpNodesPurge is DELETE nodes/{id}.
	OpNodesPurge Op = "Nodes.Purge"
	// OpNodesTrashAll is PATCH trash that puts nodes into the trash.
	OpNodesTrashAll Op = "Nodes.TrashAll"
	// OpNodesRestoreAll is PATCH trash that takes nodes out of the trash.
	OpNodesRestoreAll Op = "Nodes.RestoreAll"
	// OpNodesPurgeAll is POST bulk/nodes/purge.
	OpNodesPurgeAll Op = "Nodes.PurgeAll"
	// OpNodesProperties is GET nodes/{id}/properties/{owner}, with or without a key.
	OpNodesProperties Op = "Nodes.Properties"
	// OpNodesSetProperty is PUT of one property.
	OpNodesSetProperty Op = "Nodes.SetProperty"
	// OpNodesDeleteProperty is DELETE of one property.
	OpNodesDeleteProperty Op = "Nodes.DeleteProperty"
	// OpContentUpload is POST nodes on the content host, or the upload service of Amazon Photos.
	OpContentUpload Op = "Content.Upload"
	// OpContentOverwrite is PUT nodes/{id}/content.
	OpContentOverwrite Op = "Content.Overwrite"
	// OpContentResumeState is GET resume: how much of a broken upload the service has.
	OpContentResumeState Op = "Content.ResumeState"
	// OpContentResume is PUT nodes/{id}/content with a Content-Range.
	OpContentResume Op = "Content.Resume"
	// OpContentDownload is GET nodes/{id}/content.
	OpContentDownload Op = "Content.Download"
	// OpContentThumbnail is GET nodes/{id}/content with a viewBox, or the thumbnail service of
	// Amazon Photos.
	OpContentThumbnail Op = "Content.Thumbnail"
	// OpContentTempLink is a GET of a tempLink or of a signed URL. Neither needs a token.
	OpContentTempLink Op = "Content.TempLink"
	// OpContentRedirection is GET nodes/{id}/contentRedirection, of Amazon Photos.
	OpContentRedirection Op = "Content.Redirection"
	// OpAccountSignIn is the page that asks a browser to sign in. [SignInRedirect] leads to that
	// page.
	OpAccountSignIn Op = "Account.SignIn"
	// OpNodesAggregate is GET search/aggregation, of Amazon Photos.
	OpNodesAggregate Op = "Nodes.Aggregate"
	// OpNodesByDigest is POST bulk/nodeByDigest, of Amazon Photos.
	OpNodesByDigest Op = "Nodes.ByDigest"
	// OpSharesGet is GET shares/{id}: what a public link shows.
	OpSharesGet Op = "Shares.Get"
	// OpGroupsList is GET photosGroups.
	OpGroupsList Op = "Groups.List"
	// OpGroupsShare is GET photosGroups/shares/{token}: what the public link of a group shows.
	OpGroupsShare Op = "Groups.Share"
	// OpContentUploadStart is POST of a new upload in parts, of Amazon Photos.
	OpContentUploadStart Op = "Content.UploadStart"
	// OpContentUploadPart is PUT of one part of such an upload.
	OpContentUploadPart Op = "Content.UploadPart"
	// OpContentUploadComplete is POST that ends an upload after its last part.
	OpContentUploadComplete Op = "Content.UploadComplete"
	// OpContentUploadState is GET of the state of an upload in parts.
	OpContentUploadState Op = "Content.UploadState"
	// OpContentUploadAbort is DELETE of an upload in parts, which aborts it.
	OpContentUploadAbort Op = "Content.UploadAbort"
	// OpChangesSince is POST changes.
	OpChangesSince Op = "Changes.Since"
)

// Ops returns all operations, sorted by name.
func Ops() []Op {
	ops := []Op{resumeRoute.op, thumbnailRoute.op, restoreAllRoute.op}
	for i := range routes {
		ops = append(ops, routes[i].op)
	}
	slices.Sort(ops)
	return slices.Compact(ops)
}

// check returns an error if o is neither empty nor the name of an operation nor a pattern that
// matches one.
func (o Op) check() error {
	if o == "" {
		return nil
	}
	for _, known := range Ops() {
		if ok, err := path.Match(string(o), string(known)); err != nil {
			return fmt.Errorf("op %q: %w", o, err)
		} else if ok {
			return nil
		}
	}
	var all []string
	for _, known := range Ops() {
		all = append(all, string(known))
	}
	return fmt.Errorf("op %q is no operation of the drive; these are: %s", o, strings.Join(all, ", "))
}
