module csrd

go 1.26.0

require (
	github.com/emmansun/gmsm v0.41.1
	golang.org/x/net v0.62.0
)

require (
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
