package mocks

import (
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/store"
)

// contentTypes has the content type of a file by the extension of its name. The drive has its own
// table, so that a test does not depend on the table of the machine.
var contentTypes = map[string]string{
	"avi": "video/x-msvideo", "bmp": "image/bmp", "bz2": "application/x-bzip2", "arw": "image/x-sony-arw", "cr2": "image/x-canon-cr2", "dng": "image/x-adobe-dng", "nef": "image/x-nikon-nef", "heif": "image/heif",
	"css": "text/css", "csv": "text/csv",
	"doc": "application/msword", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"flac": "audio/flac", "flv": "video/x-flv", "gif": "image/gif", "gz": "application/gzip", "heic": "image/heic", "htm": "text/html",
	"html": "text/html", "jpeg": "image/jpeg", "jpg": "image/jpeg", "js": "application/javascript", "json": "application/json",
	"m4a": "audio/mp4", "md": "text/markdown", "mkv": "video/x-matroska", "mov": "video/quicktime", "mp3": "audio/mpeg",
	"mp4": "video/mp4", "mpeg": "video/mpeg", "mpg": "video/mpeg", "mts": "video/mp2t", "odt": "application/vnd.oasis.opendocument.text",
	"ogg": "audio/ogg", "pdf": "application/pdf", "png": "image/png", "ppt": "application/vnd.ms-powerpoint",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", "rtf": "application/rtf", "svg": "image/svg+xml",
	"tar": "application/x-tar", "tif": "image/tiff", "tiff": "image/tiff", "txt": "text/plain", "wav": "audio/wav", "webm": "video/webm",
	"webp": "image/webp", "wmv": "video/x-ms-wmv", "xls": "application/vnd.ms-excel",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xml": "application/xml", "zip": "application/zip",
}

const anyType = "application/octet-stream"

// contentType returns the content type of a file. The extension of the name decides. If the
// extension is not known, contentType returns the type that the client sent.
func contentType(name, said string) string {
	if t := contentTypes[strings.ToLower(store.Extension(name))]; t != "" {
		return t
	}
	said, _, _ = strings.Cut(said, ";")
	said = strings.TrimSpace(said)
	if strings.Count(said, "/") != 1 || len(said) > 100 || strings.HasPrefix(said, "multipart/") {
		return anyType
	}
	return strings.Clone(said)
}
