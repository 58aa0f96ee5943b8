// Package webdav serves a drive as a network folder. Finder, Explorer, Nautilus, davfs2, rclone and
// other clients can connect to it. docs/webdav.md describes how, with the settings of each client.
//
//	handler := webdav.New(client)                     // an http.Handler, for a server of your own
//	server, err := webdav.Listen(ctx, client, config) // or a server on this machine only, under a secret path
//
// # What is different from a disk
//
//   - A deleted file, and a file that a move replaces, goes to the drive's trash. The service
//     removes it from there after 30 days. A file that is in several folders is only taken out of
//     the one folder. If a file is overwritten, also by a copy, it keeps its id, and its old
//     content is gone.
//   - A file is written as a whole. The drive has the old content until the whole new content has
//     arrived. A body that is cut short changes nothing. A request that writes only a part of a
//     file (Content-Range) is refused.
//   - The drive compares names without case, and a composed character is the same as a decomposed
//     one. Paths of this package are compared in the same way.
//   - The service sets the modification times. Clients cannot set them.
//   - A file that is in several folders cannot be renamed (403), because that would rename it in
//     all of them.
//   - A copy downloads the file and uploads it again, because the service cannot copy files. If a
//     copy fails, no part of it stays on the drive.
//
// # What stays in memory
//
// The drive has no place for some things that clients write. They are kept in memory and are lost
// when the program ends. If a limit is reached, the oldest ones are dropped:
//
//   - properties that clients invent ("dead properties"): 4 MiB in all, 64 KiB for each file or
//     folder;
//   - the files ._* and .DS_Store, which macOS writes beside every file: 32 MiB in all, 4 MiB each.
//     Files of these names that are on the drive already are shown and can be read;
//   - the empty file that LOCK makes if the name is free, until content is written to it;
//   - locks. A lock ends after at most one hour unless the client refreshes it.
//
// # What the drive is asked
//
// What the drive has answered is used for three seconds. So if a client asks for a folder and then
// for each file in it, this costs only one request to the service. Changes made through the handler
// are seen at once. A listing of all levels (Depth: infinity) is refused, as RFC 4918 allows,
// because it would take one request for each folder of the drive.
package webdav
