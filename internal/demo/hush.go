package demo

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// hush keeps warnings of the database back while the town is being made: nobody waits for those writes, each of which enters thousands of rows.
type hush struct {
	slog.Handler
	over *atomic.Bool // the town is made
}

// Enabled lets errors through, and everything once the town is made.
func (h hush) Enabled(ctx context.Context, level slog.Level) bool {
	return (h.over.Load() || level >= slog.LevelError) && h.Handler.Enabled(ctx, level)
}

// WithAttrs keeps hushing.
func (h hush) WithAttrs(attrs []slog.Attr) slog.Handler {
	return hush{h.Handler.WithAttrs(attrs), h.over}
}

// WithGroup keeps hushing.
func (h hush) WithGroup(name string) slog.Handler { return hush{h.Handler.WithGroup(name), h.over} }
