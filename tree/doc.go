// Package tree keeps a local index of every node of a drive. The index is built from the change
// feed and kept current by it. Look-ups by id, by path, by folder and by content need no request.
//
//	t, err := tree.Load(file)
//	if err != nil { // the first time, or the file was damaged
//		t = tree.New()
//	}
//	err = t.Sync(ctx, client) // the whole drive at first, then only what has changed
//	n, ok := t.Lookup("Pictures/2015/cat.jpg")
//	err = t.Save(file)
//
// The package is for programs that need many look-ups: to find duplicates, to show the sizes of
// folders, to compare a drive with something else. For a program that looks at one folder,
// acd.NodesService is better. The tree shows the drive as it was at the last [Tree.Sync]. Only Sync
// and [Tree.Apply] change the tree: if your program changes the drive, call Sync again.
//
// [OnUpdate] reports what each change set did, with the paths before and after. [Node.AsNode]
// returns a node that can be passed to methods of the client, for example to downloads. To follow a
// drive for as long as the program runs, use a [Store], which keeps the tree current and saved:
//
//	store := tree.NewStore(t, file)
//	err := client.Changes.Watch(ctx, store, store.Handle, acd.WatchOptions{Changes: acd.ChangesOptions{IncludePurged: true}})
//
// # What is in it
//
// A node that is neither trashed nor purged is in every folder that it names as a parent. A trashed
// node is found only by its id. A purged node is not found at all: the tree remembers only its id
// and its version, so that a late report of an older version does not bring it back. A node without
// a name is damaged, unless it is the root. The tree ignores reports of such nodes.
//
// The order of reports does not matter. A child may come before its folder, a report may come
// twice, and if two reports are about the same node, the one with the higher version counts.
//
// # Names and paths
//
// [Node.Name] and paths are decoded by an [encoding.Encoding], by default the default one of the
// client. The elements of a path are separated by single slashes, without a slash at either end.
// The path of the root is "". A slash in a name is written "／" in a path, see
// [encoding.Encoding.DecodeElement]. Names are compared in lower case, as the service does.
package tree
