// Package transfer copies whole directories to an Amazon Drive and back: in parallel, verified, and
// so that it can be interrupted and run again.
//
//	report, err := transfer.Upload(ctx, client, "/home/me/photos", "Backup/photos", transfer.Options{})
//	fmt.Println(report.Copied, "copied,", report.Identical, "were there already,", report.Failed, "failed")
//
// The first path is where the files come from, the second where they go; paths on the drive begin
// at its root, and have slashes. [Download] is the way back. Both wait until all is done or ctx has
// ended.
//
// A file is skipped if its size and MD5 are those of the file on the other side; everything else is
// copied. Nothing else is remembered: a copy that was cancelled and is run again does only what is
// left. An [Options.Hashes] cache spares it the reading of local files that did not change.
//
// A file whose path is given instead of a directory's is copied alone: into a folder that is there,
// or that has a slash at its end, and else to exactly the path.
//
// # Reading the result
//
// The error is nil if every file that should be copied is copied or was there already. A
// [*FailedError] says that single files failed while all others were copied: the same call again
// tries them again. Any other error ended the run. The [Report] is there in any case, and counts
// each file once, so that its numbers add up to [Report.Seen]. [Options.OnEvent] is told of every
// file when it is done with, and [Options.OnProgress] while it moves.
//
// # Making one side like the other
//
// Without [Options.Mirror] nothing is ever removed; a file of another content is replaced. With it,
// an upload moves to the drive's trash what the local directory does not have, once all else is
// done and only if nothing failed. Three things keep a disk that is not mounted from emptying a
// drive: an empty source is refused, and so is more than [Options.MaxTrash] and
// [Options.MaxTrashShare] allow; and the trash keeps all of it for 30 days. [Options.DryRun] shows
// what would be done.
//
// # What is refused
//
// Symbolic links are left out, and local paths never lead out of the directory that was given,
// whatever the names on the drive and whatever links appear while a copy runs. The drive compares
// names without case, and macOS does not tell composed from decomposed characters: local names that
// would be taken for one are refused together, with a [CollisionError], before anything of them is
// sent. A name is stored as it is given. A file that changes while it is read is a failure of its
// own. Whatever happens to one file, the others are copied. A refusal because the account is full
// belongs to the file: after three in a row, the files of its kind that are at least as large are
// not tried any more (see [GivenUp]). Only a sign-in that is not accepted, and two minutes of
// nothing but "too many requests", end the whole.
//
// Before a node is overwritten or trashed it is read: its kind, status, folder and name must be
// those of the file that is copied.
//
// # Names
//
// A name on the drive may be one that the local system forbids, such as "a/b" or "..".
// [Options.Encoding] gives it a local name that leads back to it. A name that is too long for the
// local system, which usually takes 255 bytes, is a failure before anything of it is fetched.
//
// Paths on the drive are cleaned as [path.Clean] does.
//
// # Patterns
//
// A pattern matches a name in any folder, as "*.tmp", or the last parts of a path, as "docs/*.txt".
// A slash at its beginning binds it to the top, and one at its end restricts it to folders, with
// all that is in them. "*" stands for any characters of a name, "?" for one, "[a-z]" for one of a
// class, "[^a-z]" or "[!a-z]" for one that is not of the class, "{a,b}" for one of several texts,
// and "**" for any characters and slashes: "a/**/b" also matches "a/b". A backslash takes the
// meaning from the character after it. What means something else in other programs, such as "!x",
// "- x", "# x" or "{{x}}", is an error.
//
// # Modification times
//
// The service keeps none of a client's. With [Options.ModTimeOwner] they travel in the metadata of
// the upload as a node property: of that owner, with the key "mtime", as RFC 3339 in UTC with up to
// nine decimals ("2016-05-04T03:02:01.5Z"). Only the application that wrote a property sees it.
// That costs no request, except for a file or folder that is on the drive already with another time:
// an overwrite carries no metadata. A download restores the times that nodes have, of files that are
// there already, too, and those of directories when all else is done. The directory that is copied
// itself, and the folder that it goes into, keep their own.
//
// # Memory
//
// Folders are listed one at a time for each worker, depth first: memory grows with the largest
// folders and the depth of the tree, not with the number of files. A download that restores times
// also keeps each folder that has one.
package transfer
