// Program load asks an admission webhook for reviews as the API server does, over TLS and kept connections, as quickly as it
// answers, and says how long each answer took. One in Node would be slower than some of the servers that are measured.
//
//	load --address 127.0.0.1:8443 --path /mutate --reviews FILE [--connections 16] [--time 3s]
//
// The file is a list of pairs in JSON, of a review and its answer. In both stands the uid
// 00000000-0000-4000-8000-000000000000, in whose place each request has one of its own; an answer that differs otherwise by
// one byte, or comes with another status than 200, is wrong. On stdout comes one line of JSON; times are in milliseconds.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// placeholder is the uid in the file; its last twelve digits become the request's number.
const placeholder = "00000000-0000-4000-8000-000000000000"

// pair is a request with its head, the answer's body, and where the digits of the number stand in each.
type pair struct {
	request, answer     []byte
	inRequest, inAnswer []int
}

// outcome is what one connection, or all together, have seen.
type outcome struct {
	Requests   int     `json:"requests"`
	Seconds    float64 `json:"seconds"`
	P50        float64 `json:"p50"`
	P99        float64 `json:"p99"`
	Longest    float64 `json:"longest"`
	Wrong      int     `json:"wrong"`
	FirstWrong string  `json:"firstWrong"`
	Busy       float64 `json:"busy"` // the part of the time for which this program itself had a processor
	took       []time.Duration
}

func main() {
	address := flag.String("address", "", "host and port of the server")
	path := flag.String("path", "/", "the path to post to")
	file := flag.String("reviews", "", "the file of pairs")
	connections := flag.Int("connections", 16, "how many connections, each with one request at a time")
	length := flag.Duration("time", 3*time.Second, "how long")
	flag.Parse()
	all, err := measure(*address, *path, *file, *connections, *length)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(all)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func measure(address, path, file string, connections int, length time.Duration) (*outcome, error) {
	pairs, err := read(file, address, path)
	if err != nil {
		return nil, err
	}
	// All are open before the clock starts: handshakes are no part of what is measured.
	opened := make([]*tls.Conn, connections)
	for i := range opened {
		// Whose certificate it is doesn't matter here; that the key exchange and the cipher are the real ones does.
		if opened[i], err = tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}); err != nil {
			return nil, err
		}
		defer opened[i].Close()
	}
	var number atomic.Int64
	outcomes := make([]outcome, connections)
	errors := make([]error, connections)
	var workers sync.WaitGroup
	started := time.Now()
	for i, connection := range opened {
		workers.Go(func() {
			errors[i] = outcomes[i].ask(connection, pairs, &number, started.Add(length))
		})
	}
	workers.Wait()
	all := &outcome{Seconds: time.Since(started).Seconds()}
	for i, one := range outcomes {
		if errors[i] != nil {
			return nil, errors[i]
		}
		all.took = append(all.took, one.took...)
		all.Wrong += one.Wrong
		if all.FirstWrong == "" {
			all.FirstWrong = one.FirstWrong
		}
	}
	all.sum()
	return all, nil
}

// ask sends one review after the other until it is time to end.
func (o *outcome) ask(connection *tls.Conn, pairs []pair, number *atomic.Int64, end time.Time) error {
	reader := bufio.NewReaderSize(connection, 64<<10)
	var request, wanted, got []byte
	for time.Now().Before(end) {
		n := number.Add(1)
		next := pairs[int(n)%len(pairs)]
		digits := fmt.Appendf(nil, "%012d", n)
		request = numbered(request, next.request, next.inRequest, digits)
		wanted = numbered(wanted, next.answer, next.inAnswer, digits)
		started := time.Now()
		if _, err := connection.Write(request); err != nil {
			return err
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return err
		}
		body := bytes.NewBuffer(got[:0])
		if _, err := io.Copy(body, response.Body); err != nil {
			return err
		}
		o.took = append(o.took, time.Since(started))
		got = body.Bytes()
		if response.StatusCode != http.StatusOK || !bytes.Equal(got, wanted) {
			o.Wrong++
			if o.FirstWrong == "" {
				o.FirstWrong = fmt.Sprintf("%s: %.600s", response.Status, got)
			}
		}
	}
	return nil
}

// numbered writes the template into the buffer, with the digits at each of the places.
func numbered(buffer, template []byte, places []int, digits []byte) []byte {
	buffer = append(buffer[:0], template...)
	for _, place := range places {
		copy(buffer[place:], digits)
	}
	return buffer
}

func (o *outcome) sum() {
	slices.Sort(o.took)
	o.Requests = len(o.took)
	if o.Requests > 0 {
		o.P50, o.P99, o.Longest = o.quantile(0.5), o.quantile(0.99), o.quantile(1)
	}
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) == nil {
		o.Busy = time.Duration(use.Utime.Nano()+use.Stime.Nano()).Seconds() / o.Seconds
	}
}

func (o *outcome) quantile(part float64) float64 {
	index := min(int(part*float64(len(o.took))), len(o.took)-1)
	return float64(o.took[index].Microseconds()) / 1000
}

func read(file, address, path string) ([]pair, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var written []struct{ Review, Answer string }
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, err
	}
	pairs := make([]pair, len(written))
	for i, each := range written {
		head := "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json\r\nContent-Length: %d\r\n\r\n"
		request := []byte(fmt.Sprintf(head, path, address, len(each.Review)) + each.Review)
		answer := []byte(each.Answer)
		pairs[i] = pair{request, answer, places(request), places(answer)}
		if len(pairs[i].inRequest) == 0 {
			return nil, fmt.Errorf("%s: review %d has no uid %s", file, i, placeholder)
		}
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("%s: there is no review in it", file)
	}
	return pairs, nil
}

// places says where the last twelve digits of each placeholder begin.
func places(text []byte) []int {
	var found []int
	for from := 0; ; {
		at := bytes.Index(text[from:], []byte(placeholder))
		if at < 0 {
			return found
		}
		from += at + len(placeholder)
		found = append(found, from-12)
	}
}
