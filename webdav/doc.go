// Package webdav serves a drive as a network folder, which Finder, Explorer, Nautilus, davfs2, rclone and
// others connect to. docs/webdav.md says how, with their settings.
//
//	handler := webdav.New(client)                // an http.Handler, for a server of your own
//	server, err := webdav.Listen(client, config) // or one on this machine only, under a secret path
//
// # What is different from a disk
//
//   - Deleting, and what a move or a copy replaces, goes to the drive's trash, from where the service drops it
//     after 30 days. A file that is in several folders is only taken out of the one.
//   - A file is written as a whole: the drive has the old content, or, when the whole new one has arrived, the
//     new one. A body that is cut short changes nothing. Half a file (Content-Range) is refused.
//   - The drive compares names without case, and a composed character is the same as a decomposed one. So do paths here.
//   - Modification times are the service's: nobody can set them.
//   - A file that is in several folders cannot be renamed (403), because that would rename it in all of them.
//   - A copy goes down and up again, because the service has no copy of its own. One that fails leaves nothing.
//
// # What stays in memory
//
// The drive has no place for some of what clients write. It is kept in memory, within bounds in which the oldest
// gives way, and is gone when the program ends:
//
//   - properties that clients invent ("dead" ones): 4 MiB, 64 KiB for each file or folder;
//   - ._* and .DS_Store, which macOS writes beside everything: 32 MiB, 4 MiB each. Those that are on the drive
//     already are shown and can be read;
//   - the empty file that LOCK makes under a free name, until content is put there;
//   - locks, which last an hour at most unless they are refreshed.
//
// # What the drive is asked
//
// What was seen of the drive is believed for three seconds, so that a client that asks for a folder and then for
// each file in it costs the service one request. Own changes are seen at once. A listing of all levels
// (Depth: infinity) is refused, as RFC 4918 allows: it would take a request for each folder of the drive.
package webdav
