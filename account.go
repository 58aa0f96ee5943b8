package acd

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd/internal/transport"
)

// AccountService reads the state, the quota and the usage of the account.
type AccountService struct{ client *Client }

var (
	opInfo  = transport.Op{Name: "Account.Info", Method: http.MethodGet, Path: "account/info", Replay: true}
	opQuota = transport.Op{Name: "Account.Quota", Method: http.MethodGet, Path: "account/quota", Replay: true}
	opUsage = transport.Op{Name: "Account.Usage", Method: http.MethodGet, Path: "account/usage", Replay: true}
)

// AccountInfo is the state of the account.
type AccountInfo struct {
	TermsOfUse string `json:"termsOfUse"`
	Status     string `json:"status"` // such as ACTIVE
}

func (i *AccountInfo) lacks() string {
	if i.Status == "" && i.TermsOfUse == "" {
		return "the account's status"
	}
	return ""
}

// Info asks for the state of the account.
func (s *AccountService) Info(ctx context.Context) (*AccountInfo, error) {
	return call[AccountInfo](ctx, s.client, request{op: opInfo})
}

// Quota is the size of the account's storage and how much of it is free. If the plan has no limit, the
// service reports a very large number.
type Quota struct {
	Quota          int64     `json:"quota"`     // bytes
	Available      int64     `json:"available"` // bytes
	LastCalculated time.Time `json:"lastCalculated"`
}

func (q *Quota) lacks() string {
	if *q == (Quota{}) {
		return "the quota"
	}
	return ""
}

// Quota requests the quota of the account.
func (s *AccountService) Quota(ctx context.Context) (*Quota, error) {
	return call[Quota](ctx, s.client, request{op: opQuota})
}

// Usage says how much the account stores, by category. A category that the service leaves out of its
// response is zero.
type Usage struct {
	LastCalculated time.Time     `json:"lastCalculated"`
	Photo          CategoryUsage `json:"photo"`
	Video          CategoryUsage `json:"video"`
	Doc            CategoryUsage `json:"doc"`
	Other          CategoryUsage `json:"other"`
}

// CategoryUsage is how much one category stores, and how much of that counts against the quota.
type CategoryUsage struct {
	Total    Amount `json:"total"`
	Billable Amount `json:"billable"`
}

// Amount is a number of files and their size.
type Amount struct {
	Bytes int64 `json:"bytes"`
	Count int64 `json:"count"`
}

// Total returns the sum of all categories.
func (u *Usage) Total() CategoryUsage {
	var sum CategoryUsage
	for _, c := range []CategoryUsage{u.Photo, u.Video, u.Doc, u.Other} {
		sum.Total.Bytes += c.Total.Bytes
		sum.Total.Count += c.Total.Count
		sum.Billable.Bytes += c.Billable.Bytes
		sum.Billable.Count += c.Billable.Count
	}
	return sum
}

// usageAnswer is the response to Usage. For an empty account, the service may leave out every field of
// Usage. Therefore an empty Usage alone is not a fault: the response is an error only if the fields of
// errorText are set.
type usageAnswer struct {
	errorText
	Usage
}

func (a *usageAnswer) lacks() string {
	if a.Usage == (Usage{}) && a.isError() {
		return "usage: it is an error"
	}
	return ""
}

// Usage requests how much the account stores.
func (s *AccountService) Usage(ctx context.Context) (*Usage, error) {
	answer, err := call[usageAnswer](ctx, s.client, request{op: opUsage})
	if err != nil {
		return nil, err
	}
	return &answer.Usage, nil
}

// About is a summary of the quota and the usage of the account.
type About struct {
	Total int64 // bytes, the quota
	Free  int64 // bytes
	Used  int64 // bytes that files use, as the service counts them
	Files int64
	// Trashed is the size in bytes of the files that were trashed directly. A file below a trashed folder
	// is not counted. Without [WithTrashSize], Trashed is -1: the service does not report this size, so
	// the client must list the trash and add up the sizes.
	Trashed int64
}

// An AboutOption changes one call of [AccountService.About].
type AboutOption interface{ applyAbout(*aboutOptions) }

type aboutOptions struct{ trash bool }

type aboutOption func(*aboutOptions)

func (f aboutOption) applyAbout(o *aboutOptions) { f(o) }

// WithTrashSize also sets [About.Trashed]. This takes one request for each 200 nodes in the trash.
func WithTrashSize() AboutOption { return aboutOption(func(o *aboutOptions) { o.trash = true }) }

// About requests the quota and the usage and returns both in one summary.
func (s *AccountService) About(ctx context.Context, opts ...AboutOption) (*About, error) {
	var o aboutOptions
	for _, opt := range opts {
		opt.applyAbout(&o)
	}
	var (
		quota   *Quota
		usage   *Usage
		trashed int64 = -1
	)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { quota, err = s.Quota(ctx); return err })
	g.Go(func() (err error) { usage, err = s.Usage(ctx); return err })
	if o.trash {
		g.Go(func() (err error) { trashed, err = s.trashed(ctx); return err })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	total := usage.Total().Total
	return &About{Total: quota.Quota, Free: quota.Available, Used: total.Bytes, Files: total.Count, Trashed: trashed}, nil
}

func (s *AccountService) trashed(ctx context.Context) (bytes int64, err error) {
	for n, err := range s.client.Nodes.Trashed(ctx, ListOptions{}) {
		if err != nil {
			return 0, err
		}
		bytes += n.Size()
	}
	return bytes, nil
}
