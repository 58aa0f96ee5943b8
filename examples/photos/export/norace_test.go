//go:build !race

package export_test

// underRace says that this program, and its children, run under the race detector.
const underRace = false
