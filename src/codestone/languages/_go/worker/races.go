//go:build race

package worker

import "runtime"

// Races counts the data races that the race detector has seen so far, anywhere in this process.
func Races() int { return runtime.RaceErrors() }
