module csrd

go 1.26.0
