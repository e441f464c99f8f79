package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// pocketBaseModule is the peer; its version is that in go.mod of the folder
// pocketbase.
const pocketBaseModule = "github.com/pocketbase/pocketbase"

// pocketBase is the program in the folder pocketbase.
type pocketBase struct {
	*bench
	binary, version string
}

func (b *bench) buildPocketBase() (*pocketBase, error) {
	b.step("  building PocketBase")
	p := &pocketBase{bench: b, binary: filepath.Join(b.cache, "pocketbase")}
	folder := filepath.Join(b.repository, "bench", "pocketbase")
	if err := b.build(folder, ".", p.binary); err != nil {
		return nil, err
	}
	list := exec.CommandContext(b.ctx, "go", "list", "-m", "-f", "{{.Version}}", pocketBaseModule)
	list.Dir = folder
	version, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("ask for the version of PocketBase: %w", err)
	}
	p.version = strings.TrimSpace(string(version))
	return p, nil
}

// create has PocketBase make its collection.
func (p *pocketBase) create(ctx context.Context, dir string, _ int64) error {
	if out, err := exec.CommandContext(ctx, p.binary, "make", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// rows inserts the same rows that csrd has.
func (p *pocketBase) rows(ctx context.Context, dir string, size int64) error {
	return p.seeder.bulk(ctx, filepath.Join(dir, "data.db"), "csrs", func(conn *sqlite.Conn) error {
		if err := p.insert(conn, bigUin, size, size); err != nil {
			return err
		}
		for i := range smallAccounts(size) {
			if err := p.insert(conn, firstSmall+i, smallRows, size); err != nil {
				return err
			}
		}
		return sqlitex.ExecuteTransient(conn, "ANALYZE", nil)
	})
}

func (p *pocketBase) insert(conn *sqlite.Conn, uin, rows, size int64) error {
	insert, err := conn.Prepare(`INSERT INTO csrs (id, owner, seq, domain, organization, department, email, province, city, country,
			encrypt_algo, key_parameter, remark, status, create_time)
		VALUES (printf('%015d', ?1), ?2, ?3, ?4, 'Example Trading Company Ltd', 'Platform Security', 'pki-operations@example.com', 'Guangdong', 'Shenzhen', 'CN',
			?5, ?6, ?7, ?8, ?9)`)
	if err != nil {
		return err
	}
	for seq := int64(1); seq <= rows; seq++ {
		r := rowOf(uin, seq)
		insert.BindInt64(1, idOf(uin, seq, size))
		insert.BindText(2, fmt.Sprint(uin))
		insert.BindInt64(3, seq)
		insert.BindText(4, r.domain)
		insert.BindText(5, r.algo)
		insert.BindText(6, r.parameter)
		insert.BindText(7, r.remark)
		insert.BindBool(8, !r.draft)
		insert.BindInt64(9, createTime(seq))
		if _, err := insert.Step(); err != nil {
			return err
		}
		if err := insert.Reset(); err != nil {
			return err
		}
		if seq%10_000 == 0 {
			p.at("%s of %s CSRs", count(seq), count(rows))
		}
	}
	return nil
}

// list is the request for a page, counted from 1, of the large account.
func (p *pocketBase) list(server *process, token string, page int64) request {
	return request{
		prefix: []byte(`{"items":[{`),
		raw: fmt.Appendf(nil, "GET /api/collections/csrs/records?page=%d&perPage=%d&sort=-seq&filter=(owner%%3D%%27%d%%27) HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n",
			page, pageSize, int64(bigUin), server.host(), token),
	}
}

// checkPeer checks the total and the first row of PocketBase's answer.
func checkPeer(total, first int64) func([]byte) error {
	want, row := fmt.Appendf(nil, `"totalItems":%d,`, total), fmt.Appendf(nil, `%d,`, first)
	return func(body []byte) error {
		_, behind, found := bytes.Cut(body, []byte(`"seq":`))
		if !bytes.Contains(body, want) || !found || !bytes.HasPrefix(behind, row) || bytes.Count(body, []byte(`"seq":`)) != pageSize {
			return fmt.Errorf("a wrong answer of PocketBase: it has not %s, the first row %s and %d rows: %.300q", want, row, pageSize, body)
		}
		return nil
	}
}

// peerGoals are the least that csrd answers in a time for each answer of
// PocketBase, by size.
var peerGoals = map[int64]float64{10_000: 20, 1_000_000: 1000}

func (b *bench) peerStage() (*section, error) {
	if len(b.peers) == 0 {
		return nil, nil
	}
	peer, err := b.buildPocketBase()
	if err != nil {
		return nil, err
	}
	s := &section{
		Title: "Beside PocketBase",
		Text: []string{
			fmt.Sprintf("The same rows in PocketBase %s, as a Go module in a process of its own: a list of %d of one account with its exact total, newest first, as a superuser with the account as filter, with an index on (owner, seq), "+
				"ANALYZE run and its request log off. The bare handler, csrd and PocketBase are measured in turn, %d connections, %d rounds; the ratios are medians of the rounds' ratios. "+
				"Total and first row of every answer are checked.", peer.version, pageSize, clients, b.rounds),
			b.settings(),
			"S3 servers (MinIO, versitygw) are not measured by this program.",
		},
		Tables: []table{{Head: []string{"CSRs", "page", "bare req/s", "csrd req/s", "PocketBase req/s", "csrd / PocketBase", "PocketBase / bare", "csrd p50 µs", "PocketBase p50 µs"}}},
	}
	bars := plot{File: "perf-peer", Title: "Lists of ten a second", Kind: barPlot, Log: true, YLabel: "req/s", Series: []series{{Name: "csrd"}, {Name: "PocketBase"}}}
	for _, size := range b.peers {
		if err := b.besidePocketBase(s, &bars, peer, size); err != nil {
			return nil, fmt.Errorf("%s CSRs: %w", count(size), err)
		}
	}
	s.Plots = []plot{bars}
	return s, nil
}

func (b *bench) besidePocketBase(s *section, bars *plot, peer *pocketBase, size int64) error {
	other, err := b.seeder.once(b.ctx, "pocketbase", size, peer.create, peer.rows)
	if err != nil {
		return err
	}
	token, err := os.ReadFile(filepath.Join(other, "token"))
	if err != nil {
		return err
	}
	own, err := b.list(size)
	if err != nil {
		return err
	}
	defer own.stop()
	big := find(bigUin, size, size, filter{})
	body, err := own.page(big, filter{}, 0, pageSize)
	if err != nil {
		return err
	}
	bare, err := b.bare(body)
	if err != nil {
		return err
	}
	defer bare.stop()
	pb, err := start(b.ctx, "PocketBase", filepath.Join(b.cache, "log-pocketbase"), "/api/health", os.Environ(), peer.binary, "serve", other, "%s")
	if err != nil {
		return err
	}
	defer pb.stop()
	if err := quiet(own, bare, pb); err != nil {
		return err
	}
	for _, place := range []struct {
		name   string
		offset int64
	}{{"first", 0}, {"last", size - pageSize}} {
		var handler, ours, theirs measured
		for round := range b.rounds {
			page := signer{own.host(), time.Now()}.list(big, filter{}, place.offset, pageSize)
			l := load{port: own.port, clients: clients, time: b.window, next: func() request { return page }}
			if err := handler.measure(bare, toBare(l, bare)); err != nil {
				return err
			}
			if err := ours.measure(own, l); err != nil {
				return err
			}
			theirPage := peer.list(pb, string(token), place.offset/pageSize+1)
			err := theirs.measure(pb, load{port: pb.port, clients: clients, time: b.window, next: func() request { return theirPage }, seen: checkPeer(size, size-place.offset)})
			if err != nil {
				return err
			}
			b.at("%s CSRs, %s page, round %d: csrd %s, PocketBase %s req/s", count(size), place.name, round+1, number(ours.perSecond[round]), number(theirs.perSecond[round]))
		}
		b.clear()
		times := median(ratios(ours.perSecond, theirs.perSecond))
		s.Tables[0].Rows = append(s.Tables[0].Rows, []string{
			count(size), place.name, number(median(handler.perSecond)), number(median(ours.perSecond)), number(median(theirs.perSecond)),
			number(times), number(median(ratios(theirs.perSecond, handler.perSecond))), number(median(ours.p50)), number(median(theirs.p50)),
		})
		bars.Labels = append(bars.Labels, count(size)+" "+place.name)
		bars.Series[0].Y, bars.Series[1].Y = append(bars.Series[0].Y, median(ours.perSecond)), append(bars.Series[1].Y, median(theirs.perSecond))
		if bound := peerGoals[size]; bound > 0 && place.offset == 0 {
			s.Goals = append(s.Goals, goal{What: fmt.Sprintf("first page at %s CSRs, in that of PocketBase", count(size)), Value: times, Bound: bound})
		}
	}
	return nil
}
