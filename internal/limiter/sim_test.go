package limiter

import (
	"container/heap"
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/internal/wait"
)

// simulation runs workers against a server in virtual time, with or without a limiter. It calls the
// functions of which Acquire consists, in the same order, but it needs no goroutine for a worker.
// TestSimulationIsTheRealThing compares the simulation with the real limiter.
type simulation struct {
	limiter *Limiter // nil: no limiter
	server  server
	latency time.Duration
	jitter  *rand.Rand
	// enough is the number of passes after which the simulation ends; 0 means never.
	enough int

	now     time.Duration // since epoch
	events  events
	counter int
	gate    []*caller // the first caller holds the gate
	answers []simAnswer
	passes  int
}

// server reports whether it accepts an attempt that comes at now.
type server func(now time.Duration) bool

type simAnswer struct {
	at      time.Duration
	granted bool
}

type caller struct {
	failures int
	turn     *turn
}

var epoch = time.Date(2016, 5, 1, 0, 0, 0, 0, time.UTC)

type event struct {
	at    time.Duration
	order int
	run   func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func (s *simulation) after(d time.Duration, run func()) {
	s.counter++
	heap.Push(&s.events, event{s.now + d, s.counter, run})
}

func (s *simulation) clock() time.Time { return epoch.Add(s.now) }

// start makes the given number of workers begin now.
func (s *simulation) start(workers int) {
	for range workers {
		c := &caller{}
		s.after(0, func() { s.arrive(c) })
	}
}

// run returns at the given time, or earlier when enough attempts have passed.
func (s *simulation) run(until time.Duration) {
	for len(s.events) > 0 && s.events[0].at <= until && (s.enough == 0 || s.passes < s.enough) {
		next := heap.Pop(&s.events).(event)
		s.now = next.at
		next.run()
	}
}

func (s *simulation) arrive(c *caller) {
	if s.limiter == nil {
		s.send(c)
		return
	}
	s.gate = append(s.gate, c)
	if len(s.gate) == 1 {
		s.enter()
	}
}

func (s *simulation) enter() {
	c := s.gate[0]
	var err error
	if c.turn, err = s.limiter.admit(s.clock()); err != nil {
		panic(err)
	}
	s.wait(c)
}

func (s *simulation) wait(c *caller) {
	if d := s.limiter.delay(c.turn, s.clock()); d > 0 {
		s.after(d, func() { s.wait(c) })
		return
	}
	s.gate = s.gate[1:]
	s.send(c)
	if len(s.gate) > 0 {
		s.enter()
	}
}

func (s *simulation) send(c *caller) {
	granted := s.server(s.now)
	s.after(s.latency, func() {
		s.answers = append(s.answers, simAnswer{s.now, granted})
		status := 429
		if granted {
			status = 200
			s.passes++
		}
		if s.limiter != nil {
			s.limiter.report(c.turn, s.clock(), Outcome{StatusCode: status})
		}
		if granted {
			c.failures = 0
			s.arrive(c)
			return
		}
		c.failures++
		s.after(backoff(s.jitter, c.failures), func() { s.arrive(c) })
	})
}

// backoff returns the back-off of the default retries: full jitter from 1 s to 256 s.
func backoff(jitter *rand.Rand, failures int) time.Duration {
	most := min(256, math.Exp2(float64(failures-1)))
	return time.Duration(jitter.Float64() * most * float64(time.Second))
}

// count returns how many attempts passed and how many were refused in [from, to).
func count(answers []simAnswer, from, to time.Duration) (passed, refused float64) {
	for _, a := range answers {
		switch {
		case a.at < from || a.at >= to:
		case a.granted:
			passed++
		default:
			refused++
		}
	}
	return passed, refused
}

// bucket is a token bucket that is full at first.
type bucket struct {
	rate, burst, tokens float64
	last                time.Duration
}

func newBucket(rate, burst float64) *bucket { return &bucket{rate: rate, burst: burst, tokens: burst} }

func (b *bucket) grant(now time.Duration) bool {
	b.tokens = min(b.burst, b.tokens+b.rate*(now-b.last).Seconds())
	b.last = now
	if b.tokens < 1-1e-9 {
		return false
	}
	b.tokens--
	return true
}

// atRandom returns a server that refuses the given share of attempts, whatever their rate is.
func atRandom(share float64, seed uint64) server {
	r := rand.New(rand.NewPCG(seed, 7))
	return func(time.Duration) bool { return r.Float64() >= share }
}

func unlimited(time.Duration) bool { return true }

func jitter(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func simulate(limiter *Limiter, s server, latency time.Duration, seed uint64) *simulation {
	return &simulation{limiter: limiter, server: s, latency: latency, jitter: jitter(seed)}
}

func adaptive() *Limiter { return New(Config{GiveUpAfter: 10 * time.Minute}) }

// realThing does what a simulation does, but with goroutines, Acquire and a virtual clock.
func realThing(t *testing.T, s server, workers int, latency, length time.Duration, seed uint64) (answers []simAnswer) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		limiter, random := adaptive(), jitter(seed)
		var mu sync.Mutex
		ask := func(failures int) (bool, time.Duration) {
			mu.Lock()
			granted := s(time.Since(start))
			mu.Unlock()
			time.Sleep(latency)
			mu.Lock()
			defer mu.Unlock()
			answers = append(answers, simAnswer{time.Since(start), granted})
			if granted {
				return true, 0
			}
			return false, backoff(random, failures+1)
		}
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for failures := 0; ; {
					report, err := limiter.Acquire(ctx)
					if err != nil {
						return
					}
					granted, pause := ask(failures)
					if granted {
						report(Outcome{StatusCode: 200})
						failures = 0
						continue
					}
					report(Outcome{StatusCode: 429})
					failures++
					if wait.For(ctx, pause) != nil {
						return
					}
				}
			})
		}
		wg.Wait()
	})
	return answers
}

// With one worker the scheduler has no influence: the simulation and the limiter with goroutines
// give the same answers at the same nanosecond. With several workers, only the order of those that
// come at the same moment may differ.
func TestSimulationIsTheRealThing(t *testing.T) {
	const latency, length = 20 * time.Millisecond, 30 * time.Second
	for _, burst := range []float64{1, 3, 10} {
		s := simulate(adaptive(), newBucket(20, burst).grant, latency, 5)
		s.start(1)
		s.run(length)
		real := realThing(t, newBucket(20, burst).grant, 1, latency, length, 5)
		if len(s.answers) < 400 {
			t.Fatalf("only %d answers", len(s.answers))
		}
		for i, a := range s.answers {
			if i >= len(real) || real[i] != a {
				t.Fatalf("burst %v: answer %d of %d (%d in the real thing) is %v, not the same", burst, i, len(s.answers), len(real), a)
			}
		}
		s = simulate(adaptive(), newBucket(20, burst).grant, latency, 5)
		s.start(16)
		s.run(length)
		real = realThing(t, newBucket(20, burst).grant, 16, latency, length, 5)
		simulated, _ := count(s.answers, 3*time.Second, length)
		happened, _ := count(real, 3*time.Second, length)
		if math.Abs(simulated-happened) > 0.05*simulated {
			t.Errorf("burst %v: %v of 16 workers passed, %v in the simulation", burst, happened, simulated)
		}
	}
}
