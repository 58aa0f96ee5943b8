package acd

// ContentService moves the bytes of files. Its uploads and downloads are
// checked by size and MD5 unless the caller says no.
type ContentService struct{ client *Client }
type activeUploads struct{}
