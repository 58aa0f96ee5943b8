package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/acd-sdk/acd/internal/wait"
)

// A machine may run other work, too. Before each measurement the report waits until that work has
// ended. All waits together last at most patience.
type machine struct {
	patience            time.Duration
	measured, disturbed int // how many measurements began, and how many of them began while other work ran
}

// settle waits until other work takes at most a tenth of the processors' time. If the system does
// not tell that time, settle does not wait.
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

// processorTime returns the time of all processors since the machine started, and how much of it
// they worked. Both are 0 if the system has no /proc/stat in the form of Linux.
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
