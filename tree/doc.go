// Package tree keeps a local index of every node of a drive, built from the change feed and kept
// current by it, so that look-ups by id, by path, by folder and by content need no request.
//
//	t, err := tree.Load(file)
//	if err != nil { // the first time, or the file was damaged
//		t = tree.New()
//	}
//	err = t.Sync(ctx, client) // the whole drive at first, then only what has changed
//	n, ok := t.Lookup("Pictures/2015/cat.jpg")
//	err = t.Save(file)
//
// It is for programs that look up much and often: find duplicates, show sizes of folders, compare a
// drive with something else. A program that looks at one folder is better off with
// acd.NodesService. What the tree says is as old as its last [Tree.Sync], and nobody but Sync and
// [Tree.Apply] changes it: after a change of your own, sync again.
//
// [OnUpdate] tells what each change set did, as paths before and after. [Node.AsNode] goes into calls
// of the client, such as downloads. To follow a drive for as long as the program runs, a [Store] keeps
// the tree current and saved:
//
//	store := tree.NewStore(t, file)
//	err := client.Changes.Watch(ctx, store, store.Handle, acd.WatchOptions{Changes: acd.ChangesOptions{IncludePurged: true}})
//
// # What is in it
//
// Whatever is neither trashed nor purged is in the folders that it names as its parents, in each of
// them. What is trashed is only found by id. What is purged is gone; the tree only remembers the
// version, so that a late report of an older one does not bring it back. Nodes without a name, the
// root excepted, are damaged, and left out as if the feed had not told of them.
//
// The order of reports does not matter: a child may come before its folder, a report may come
// twice, and of two reports of one node the higher version counts.
//
// # Names and paths
//
// [Node.Name] and paths are decoded as an [encoding.Encoding] says, the client's own by default. A
// path has its elements between single slashes, none at either end; the root is "". A slash in a
// name is "／" in a path, see [encoding.Encoding.DecodeElement]. Names are compared as the service
// does, in lower case.
package tree
