// Checks the public log of a sale with Go's own packages for its checksum database, sumdb/note and
// sumdb/tlog: signature, tiles, every entry, and a receipt or an older checkpoint if given.
//
//	go run . URL VKEY [--receipt FILE] [--kept FILE]
//
// URL is that of the log: https://shop.example/api/sales/ID/log. VKEY is what the shop shows at
// /.well-known/fairline-log-key.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func main() {
	if len(os.Args) < 3 {
		fail("usage: go run . URL VKEY [--receipt FILE] [--kept FILE]")
	}
	log := strings.TrimSuffix(os.Args[1], "/")
	key, err := note.NewVerifier(os.Args[2])
	check("key", err)
	tree := openCheckpoint("checkpoint", fetch(log+"/checkpoint"), key)
	fmt.Printf("checkpoint: signed by %s, %d entries\n", key.Name(), tree.N)

	tiles := tlog.TileHashReader(tree, reader{log, map[string][]byte{}})
	entries := readEntries(log, tree.N)
	for i, entry := range entries {
		proof, err := tlog.ProveRecord(tree.N, int64(i), tiles)
		check("tiles", err)
		err = tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(entry))
		check(fmt.Sprintf("entry %d", i), err)
	}
	fmt.Printf("entries: all %d are in the tree\n", len(entries))

	for i := 3; i+1 < len(os.Args); i += 2 {
		file, err := os.ReadFile(os.Args[i+1])
		check(os.Args[i+1], err)
		switch os.Args[i] {
		case "--receipt":
			checkReceipt(file, key)
		case "--kept":
			kept := openCheckpoint("kept checkpoint", file, key)
			proof, err := tlog.ProveTree(tree.N, kept.N, tiles)
			check("kept checkpoint", err)
			err = tlog.CheckTree(proof, tree.N, tree.Hash, kept.N, kept.Hash)
			check("kept checkpoint", err)
			fmt.Printf("kept checkpoint: the log continues it from %d entries\n", kept.N)
		default:
			fail("unknown option " + os.Args[i])
		}
	}
}

// openCheckpoint verifies the note and reads origin, size and root (C2SP tlog-checkpoint).
func openCheckpoint(what string, text []byte, key note.Verifier) tlog.Tree {
	signed, err := note.Open(text, note.VerifierList(key))
	check(what, err)
	lines := strings.Split(signed.Text, "\n")
	if len(lines) < 3 {
		fail(what + ": too short")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(what, err)
	root, err := tlog.ParseHash(lines[2])
	check(what, err)
	return tlog.Tree{N: size, Hash: root}
}

// checkReceipt verifies the promise's signature and the inclusion proof against its checkpoint.
func checkReceipt(file []byte, key note.Verifier) {
	var receipt struct {
		Promise, Leaf, Checkpoint string
		LeafIndex                 int64
		Inclusion                 []string
	}
	check("receipt", json.Unmarshal(file, &receipt))
	promise, err := note.Open([]byte(receipt.Promise), note.VerifierList(key))
	check("promise", err)
	fmt.Print("promise: signed\n" + promise.Text)
	tree := openCheckpoint("receipt's checkpoint", []byte(receipt.Checkpoint), key)
	var proof tlog.RecordProof
	for _, text := range receipt.Inclusion {
		hash, err := tlog.ParseHash(text)
		check("inclusion", err)
		proof = append(proof, hash)
	}
	leaf := tlog.RecordHash([]byte(receipt.Leaf))
	check("inclusion", tlog.CheckRecord(proof, tree.N, tree.Hash, receipt.LeafIndex, leaf))
	fmt.Printf("receipt: its entry is leaf %d of the log\n", receipt.LeafIndex)
}

// reader reads tiles of hashes. The packages have the height in a tile's path, C2SP has not.
type reader struct {
	log  string
	read map[string][]byte
}

func (r reader) Height() int { return tileHeight }

func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
		if _, known := r.read[path]; !known {
			r.read[path] = fetch(r.log + "/" + path)
		}
		all = append(all, r.read[path])
	}
	return all, nil
}

func (r reader) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

// readEntries reads the bundles of entries: each entry after its length, in two bytes.
func readEntries(log string, size int64) [][]byte {
	var entries [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: tileHeight, L: 0, N: n, W: int(width)}
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/0/", tileHeight), "tile/entries/", 1)
		for bundle := fetch(log + "/" + path); len(bundle) > 0; {
			length := int(binary.BigEndian.Uint16(bundle))
			entries = append(entries, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	if int64(len(entries)) != size {
		fail(fmt.Sprintf("entries: %d instead of %d", len(entries), size))
	}
	return entries
}

func fetch(url string) []byte {
	response, err := http.Get(url)
	check(url, err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		fail(fmt.Sprintf("%s: %s", url, response.Status))
	}
	body, err := io.ReadAll(response.Body)
	check(url, err)
	return body
}

func check(what string, err error) {
	if err != nil {
		fail(what + ": " + err.Error())
	}
}

func fail(text string) {
	fmt.Println("NOT RIGHT: " + text)
	os.Exit(1)
}
