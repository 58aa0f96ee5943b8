package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/acd-sdk/acd/internal/wait"
)

// A machine may be shared. Before each measurement the report waits until other work has ended, as long as it has
// patience.
type machine struct {
	patience            time.Duration
	measured, disturbed int // beginnings of measurements, and those to which other work ran
}

// settle waits until less than a tenth of the processors' time goes into other work. Where that cannot be known it
// does not wait.
func (m *machine) settle() {
	const look = 200 * time.Millisecond
	m.measured++
	for ; m.patience > 0; m.patience -= look {
		busy, all := processorTime()
		_ = wait.For(context.Background(), look)
		busyNow, allNow := processorTime()
		if (busyNow-busy)*10 <= allNow-all {
			return
		}
	}
	m.disturbed++
}

func (m *machine) String() string {
	return fmt.Sprintf("other work ran at the beginning of %d of %d measurements", m.disturbed, m.measured)
}

// processorTime is the time of all processors since the machine started, and how much of it they worked; 0 where
// the system does not say it as Linux does.
func processorTime() (busy, all int) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	var user, nice, system, idle, ioWait, irq, softIRQ, stolen int
	if _, err := fmt.Sscanf(string(text), "cpu %d %d %d %d %d %d %d %d", &user, &nice, &system, &idle, &ioWait, &irq, &softIRQ, &stolen); err != nil {
		return 0, 0
	}
	busy = user + nice + system + irq + softIRQ + stolen
	return busy, busy + idle + ioWait
}
