// A command bus in Go: handlers in a map by name, under a lock.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sort"
	"sync"
	"time"
)

type command interface{ Name() string }

type handler interface {
	Handle(ctx context.Context, c command) error
}

type bus struct {
	mutex    sync.RWMutex
	handlers map[string]handler
}

func (b *bus) register(name string, h handler) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.handlers[name] = h
}

func (b *bus) dispatch(ctx context.Context, c command) error {
	b.mutex.RLock()
	h, found := b.handlers[c.Name()]
	b.mutex.RUnlock()
	if !found {
		return fmt.Errorf("no handler for %s", c.Name())
	}
	return h.Handle(ctx, c)
}

type ping struct{ number uint64 }

func (ping) Name() string { return "Ping" }

type echo struct{ last uint64 }

func (e *echo) Handle(_ context.Context, c command) error {
	e.last = c.(ping).number + 1
	return nil
}

// The median nanoseconds a call over batches of at least 20 ms, as the harness measures.
func nanosecondsPerCall(seconds float64, calls func(count uint64)) float64 {
	batch := func(count uint64) time.Duration {
		begun := time.Now()
		calls(count)
		return time.Since(begun)
	}
	count := uint64(1)
	for batch(count) < 20*time.Millisecond {
		count *= 2
	}
	until := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	var took []float64
	for len(took) < 5 || time.Now().Before(until) {
		took = append(took, float64(batch(count).Nanoseconds())/float64(count))
	}
	sort.Float64s(took)
	return took[len(took)/2]
}

type request struct {
	Workload string
	Case     string
	Messages int
	Seconds  float64
}

func measure(r request) any {
	if r.Workload != "dispatch" || r.Case != "bus" {
		return map[string]string{"unsupported": "it is a bus and nothing else"}
	}
	b := &bus{handlers: map[string]handler{}}
	for number := 1; number < r.Messages; number++ {
		b.register(fmt.Sprintf("Other%d", number), &echo{})
	}
	b.register("Ping", &echo{})
	var failed error
	value := nanosecondsPerCall(r.Seconds, func(count uint64) {
		ctx := context.Background()
		for number := uint64(0); number < count; number++ {
			if err := b.dispatch(ctx, ping{number}); err != nil {
				failed = err
			}
		}
	})
	if failed != nil {
		return map[string]string{"failed": failed.Error()}
	}
	type object = map[string]any
	measures := []object{{"name": "dispatch", "value": value, "unit": "nanoseconds"}}
	return object{"measured": object{"measures": measures, "versions": object{"go": runtime.Version()}}}
}

func main() {
	var r request
	if err := json.Unmarshal([]byte(os.Args[2]), &r); err != nil {
		fmt.Printf("{\"failed\":%q}\n", err.Error())
		return
	}
	line, err := json.Marshal(measure(r))
	if err != nil {
		fmt.Printf("{\"failed\":%q}\n", err.Error())
		return
	}
	fmt.Println(string(line))
}
