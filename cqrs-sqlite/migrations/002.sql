-- An operator's pause outlives the program.

ALTER TABLE subscriptions ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
