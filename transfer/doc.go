// Package transfer copies whole directories to an Amazon Drive and back. Files are copied in
// parallel and verified. A copy can be interrupted and run again.
//
//	report, err := transfer.Upload(ctx, client, "/home/me/photos", "Backup/photos", transfer.Options{})
//	fmt.Println(report.Copied, "copied,", report.Identical, "were there already,", report.Failed, "failed")
//
// The first path is the source, the second is the target. Paths on the drive begin at its root and
// use slashes. [Download] copies from the drive to a local directory. Both functions return when
// everything is done or ctx has ended.
//
// A file is skipped if the file on the other side has the same size and MD5. Every other file is
// copied. Nothing else is remembered between two runs: if a copy was cancelled and is run again,
// the second run copies only what is left. With a cache in [Options.Hashes], a run does not read
// local files again that did not change.
//
// If the source path names a file instead of a directory, only this file is copied. If the target
// path names an existing folder or ends with a slash, the file goes into that folder. Otherwise the
// target path is the new path of the file.
//
// # Reading the result
//
// The error is nil if every file that should be copied was copied or was there already. A
// [*FailedError] says that single files failed while all others were copied: the same call again
// tries the failed files again. Any other error ended the run. The [Report] is never nil. It counts
// each file once, so that its numbers add up to [Report.Seen]. [Options.OnEvent] is called for
// every file when it is finished, and [Options.OnProgress] while its content is read or moves.
//
// # Making one side like the other
//
// Without [Options.Mirror] no file is removed. A file whose content differs is replaced. With
// Mirror, an upload moves files and folders to the drive's trash if the local directory does not
// have them. It does so after everything else is done, and only if nothing failed. Three rules
// protect the drive if, for example, the local disk is not mounted: an empty source is refused; a
// run that would trash more than [Options.MaxTrash] and [Options.MaxTrashShare] allow is refused;
// and the trash keeps everything for 30 days. [Options.DryRun] shows what would be done.
//
// # What is refused
//
// Symbolic links are left out. Local paths never lead out of the directory that was given, whatever
// the names on the drive are and whatever links appear while a copy runs.
//
// The drive compares names without case, and macOS treats composed and decomposed characters as
// equal. If several local names in a folder would be one name in this sense, all of them are
// refused with a [CollisionError] before any of them is sent. A name is stored exactly as it is
// given.
//
// A file that changes while it is read fails with [ErrChanged]. If one file fails, the others are
// still copied. If a file is refused because the account is full, only this file fails. After three
// such refusals in a row, files of the same kind that are at least as large are not tried any more
// (see [GivenUp]). Only two failures end the whole run: a sign-in that is not accepted, and two
// minutes in which the drive answers nothing but "too many requests".
//
// Before a node is overwritten or trashed it is read. Its kind, status, folder and name must be
// those of the file that is copied.
//
// # Names
//
// A name on the drive may be one that the local system forbids, such as "a/b" or "..".
// [Options.Encoding] gives it a local name that can be turned back into the name on the drive. A
// name that is too long for the local system, which usually takes 255 bytes, fails before any
// content is fetched.
//
// Paths on the drive are cleaned as [path.Clean] does.
//
// # Patterns
//
// A pattern matches a name in any folder, as "*.tmp", or the last parts of a path, as "docs/*.txt".
// A slash at its beginning binds the pattern to the top folder. A slash at its end restricts the
// pattern to folders and everything in them. "*" stands for any characters of a name, "?" for one
// character, "[a-z]" for one character of a class, "[^a-z]" or "[!a-z]" for one character that is
// not in the class, "{a,b}" for one of several texts, and "**" for any characters and slashes:
// "a/**/b" also matches "a/b". A backslash takes the special meaning from the character after it.
// Patterns that have a special meaning in other programs but not here, such as "!x", "- x", "# x"
// or "{{x}}", are errors.
//
// # Modification times
//
// The service does not keep the modification times of a client's files. With [Options.ModTimeOwner]
// an upload stores the time of a file as a property of its node. The property belongs to that owner
// and has the key "mtime". Its value is the time as RFC 3339 in UTC with up to nine decimals
// ("2016-05-04T03:02:01.5Z"). Only the application that wrote a property sees it.
//
// For a new file or folder the time costs no extra request, because it is part of the upload's
// metadata. A file or folder that is on the drive already with another time costs one request more,
// because an overwrite sends no metadata.
//
// A download restores the times that nodes have, also for files that are there already. It restores
// the times of directories when everything else is done. The copied directory itself and the target
// folder keep their own times.
//
// # Memory
//
// Each worker lists one folder at a time, depth first. So memory grows with the largest folders and
// the depth of the tree, not with the number of files. A download that restores times also keeps
// each folder that has a time.
package transfer
