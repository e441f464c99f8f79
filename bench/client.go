package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// answerTimeout is when a server is taken to hang.
const answerTimeout = 3 * time.Minute

// load is what a client sends. It is one thread that waits for all connections
// at once, as wrk does, so that it takes little of the processors from the
// server.
type load struct {
	port     int
	clients  int                     // connections, each with one request under way
	next     func() request          // what is sent next
	requests int                     // end after so many; 0: when the time is over
	time     time.Duration           // send for so long
	rate     float64                 // requests a second, sent when they are due whatever the answers take; 0: the next after each answer
	refused  []byte                  // an answer that has this is a refusal and not wrong; the client that gets it asks no more
	seen     func(body []byte) error // if not nil, checks each answer further
}

// outcome is what became of a load.
type outcome struct {
	answers int
	refused int
	elapsed time.Duration
	latency []uint32 // microseconds of each answer, sorted; under a rate from when the request was due
}

func (o *outcome) perSecond() float64 { return float64(o.answers) / o.elapsed.Seconds() }
func (o *outcome) p50() float64       { return percentile(o.latency, 0.50) }
func (o *outcome) p99() float64       { return percentile(o.latency, 0.99) }

// connection is one with a request under way, or idle.
type connection struct {
	fd     int
	answer []byte // what came of it
	sent   request
	from   time.Time
	busy   bool
}

// run sends the load and checks each answer: a wrong one ends it with an error.
func (l load) run() (out *outcome, err error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	defer unix.Close(poll)
	conns := make([]connection, l.clients)
	for i := range conns {
		fd, err := dial(l.port)
		if err != nil {
			return nil, fmt.Errorf("connect to port %d: %w", l.port, err)
		}
		defer unix.Close(fd)
		conns[i] = connection{fd: fd, answer: make([]byte, 0, 64<<10)}
		if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}); err != nil {
			return nil, err
		}
	}
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	defer unix.Close(timer)
	if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, timer, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: -1}); err != nil {
		return nil, err
	}

	out = &outcome{latency: make([]uint32, 0, 1<<16)}
	idle := make([]int, 0, l.clients)
	for i := range conns {
		idle = append(idle, i)
	}
	start := time.Now()
	sent, underWay := 0, 0
	// send uses the idle connections for what is due. Sending ends with the
	// time, or with the number of requests.
	send := func(now time.Time) error {
		for len(idle) > 0 {
			due := now
			if l.rate > 0 {
				due = start.Add(time.Duration(float64(sent) / l.rate * float64(time.Second)))
			}
			if due.After(now) {
				return arm(timer, due.Sub(now))
			}
			if l.requests > 0 && sent >= l.requests || l.requests == 0 && due.Sub(start) >= l.time {
				return nil
			}
			c := &conns[idle[len(idle)-1]]
			idle = idle[:len(idle)-1]
			c.sent, c.from, c.answer, c.busy = l.next(), due, c.answer[:0], true
			if n, err := unix.Write(c.fd, c.sent.raw); err != nil || n != len(c.sent.raw) {
				return fmt.Errorf("send a request: %d of %d bytes: %w", n, len(c.sent.raw), err)
			}
			sent++
			underWay++
		}
		return nil
	}
	if err := send(start); err != nil {
		return nil, err
	}
	events := make([]unix.EpollEvent, l.clients+1)
	for underWay > 0 || l.rate > 0 && time.Since(start) < l.time {
		n, err := unix.EpollWait(poll, events, int(answerTimeout.Milliseconds()))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, err
		case n == 0:
			return nil, fmt.Errorf("no answer within %v", answerTimeout)
		}
		for _, event := range events[:n] {
			if event.Fd < 0 {
				var ticks [8]byte
				_, _ = unix.Read(timer, ticks[:]) // only that it is readable counts
				continue
			}
			c := &conns[event.Fd]
			whole, err := c.read()
			if err != nil {
				return nil, err
			}
			if !whole {
				continue
			}
			now := time.Now()
			if l.refused != nil && bytes.Contains(c.answer, l.refused) {
				out.refused++
				underWay--
				continue
			} else if err := l.check(c); err != nil {
				return nil, err
			} else {
				out.answers++
				out.latency = append(out.latency, uint32(min(now.Sub(c.from).Microseconds(), 1<<32-1)))
			}
			c.busy = false
			underWay--
			idle = append(idle, int(event.Fd))
		}
		if err := send(time.Now()); err != nil {
			return nil, err
		}
	}
	out.elapsed = time.Since(start)
	slices.Sort(out.latency)
	if out.answers+out.refused == 0 {
		return nil, errors.New("no request was answered")
	}
	return out, nil
}

// dial connects to a port of this machine.
func dial(port int) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	err = unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
	if err != nil {
		unix.Close(fd)
		return 0, err
	}
	return fd, nil
}

func arm(timer int, after time.Duration) error {
	return unix.TimerfdSettime(timer, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(max(1, after.Nanoseconds()))}, nil)
}

// read takes what has come, and reports whether the answer is whole.
func (c *connection) read() (whole bool, err error) {
	if len(c.answer) == cap(c.answer) {
		c.answer = slices.Grow(c.answer, cap(c.answer))
	}
	n, err := unix.Read(c.fd, c.answer[len(c.answer):cap(c.answer)])
	if err != nil || n <= 0 {
		return false, fmt.Errorf("read an answer: %d bytes: %v", n, err)
	}
	c.answer = c.answer[:len(c.answer)+n]
	if !c.busy {
		return false, fmt.Errorf("an answer that nobody asked for: %.200q", c.answer)
	}
	head, length, err := parseHead(c.answer)
	if err != nil || head == 0 {
		return false, err
	}
	if length == chunked {
		return bytes.HasSuffix(c.answer, lastChunk), nil
	}
	if len(c.answer) > head+length {
		return false, fmt.Errorf("more than one answer: %.200q", c.answer)
	}
	return len(c.answer) == head+length, nil
}

var (
	endOfHead     = []byte("\r\n\r\n")
	contentLength = []byte("Content-Length: ")
	statusOK      = []byte("HTTP/1.1 200 OK\r\n")
	inChunks      = []byte("\r\nTransfer-Encoding: chunked\r\n")
	endOfLine     = []byte("\r\n")
	lastChunk     = []byte("\r\n0\r\n\r\n") // no JSON has this inside
)

// chunked is the length of a body that comes in chunks.
const chunked = -1

// parseHead returns where the body begins, 0 while the head is not whole, and
// how long it is.
func parseHead(answer []byte) (head, length int, err error) {
	head = bytes.Index(answer, endOfHead)
	if head < 0 {
		return 0, 0, nil
	}
	head += len(endOfHead)
	if !bytes.HasPrefix(answer, statusOK) {
		return 0, 0, fmt.Errorf("another status than 200: %.300q", answer)
	}
	at := bytes.Index(answer[:head], contentLength)
	if at < 0 && bytes.Contains(answer[:head], inChunks) {
		return head, chunked, nil
	}
	if at < 0 {
		return 0, 0, fmt.Errorf("no Content-Length: %.300q", answer)
	}
	value := answer[at+len(contentLength) : head]
	length, err = strconv.Atoi(string(value[:bytes.IndexByte(value, '\r')]))
	return head, length, err
}

// body is that of a whole answer.
func body(answer []byte) ([]byte, error) {
	head, length, err := parseHead(answer)
	if err != nil || length != chunked {
		return answer[head:], err
	}
	var whole []byte
	for rest := answer[head:]; ; {
		line, behind, found := bytes.Cut(rest, endOfLine)
		size, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil || !found || int(size)+len(endOfLine) > len(behind) {
			return nil, fmt.Errorf("a chunk is malformed: %.100q", rest)
		}
		if size == 0 {
			return whole, nil
		}
		whole = append(whole, behind[:size]...)
		rest = behind[int(size)+len(endOfLine):]
	}
}

func (l *load) check(c *connection) error {
	body, err := body(c.answer)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(body, c.sent.prefix) {
		return fmt.Errorf("a wrong answer: it begins with %.300q and not with %q", body, c.sent.prefix)
	}
	if l.seen != nil {
		return l.seen(body)
	}
	return nil
}
