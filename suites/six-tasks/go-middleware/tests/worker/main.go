// What can be asked of an answer. There is no expected value here: verdicts are made outside.
// canary 1f9d4a0e-6f0b-4a86-9c1c-2f6f6e1b7a35
package main

import (
	board "answer"
	"codestone/worker"
)

func main() {
	worker.Serve(worker.Exports{
		"app":      app,
		"logged":   logged,
		"logging":  logging,
		"scenario": scenario,
		"limiting": limiting,
		"crowd":    crowd,
		"memory":   memory,
		"serving":  serving,
		"refused":  refused,
		"races":    worker.Races,
	})
}

// The signatures that the instruction gives.
var (
	_ = board.NewBoard
	_ = board.LogRequests
	_ = board.LimitRate
	_ = board.Serve
	_ = board.App
)
