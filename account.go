package acd

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd/internal/transport"
)

// AccountService asks about the account itself.
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

// Quota is how much room the account has. Plans without a limit report some very
// large number.
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

// Quota asks how much room the account has.
func (s *AccountService) Quota(ctx context.Context) (*Quota, error) {
	return call[Quota](ctx, s.client, request{op: opQuota})
}

// Usage is what the account holds, by category. What the service leaves out is zero.
type Usage struct {
	LastCalculated time.Time     `json:"lastCalculated"`
	Photo          CategoryUsage `json:"photo"`
	Video          CategoryUsage `json:"video"`
	Doc            CategoryUsage `json:"doc"`
	Other          CategoryUsage `json:"other"`
}

// CategoryUsage is what one category holds, and how much of it counts against the quota.
type CategoryUsage struct {
	Total    Amount `json:"total"`
	Billable Amount `json:"billable"`
}

// Amount is a number of files and their size.
type Amount struct {
	Bytes int64 `json:"bytes"`
	Count int64 `json:"count"`
}

// Total sums up the categories.
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

// usageAnswer is an answer with the usage. For an account that holds nothing the service may leave out every
// field, so that only the fields of an error show that an answer is none.
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

// Usage asks what the account holds.
func (s *AccountService) Usage(ctx context.Context) (*Usage, error) {
	answer, err := call[usageAnswer](ctx, s.client, request{op: opUsage})
	if err != nil {
		return nil, err
	}
	return &answer.Usage, nil
}

// About is the room of the account at a glance.
type About struct {
	Total int64 // bytes, the quota
	Free  int64 // bytes
	Used  int64 // bytes that files take, by the service's own count
	Files int64
	// Trashed is the size in bytes of the files that were trashed by themselves; files below trashed folders
	// are not counted. It is -1 without [WithTrashSize], because the service does not know it and it must be added up.
	Trashed int64
}

// An AboutOption changes what [AccountService.About] asks for.
type AboutOption interface{ applyAbout(*aboutOptions) }

type aboutOptions struct{ trash bool }

type aboutOption func(*aboutOptions)

func (f aboutOption) applyAbout(o *aboutOptions) { f(o) }

// WithTrashSize adds up the trash too, which takes a request for each 200 nodes in it.
func WithTrashSize() AboutOption { return aboutOption(func(o *aboutOptions) { o.trash = true }) }

// About joins quota and usage.
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
