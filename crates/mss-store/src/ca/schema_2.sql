-- Whose key a certificate is for. Empty in rows of before; their keys are not held against new orders.
ALTER TABLE certificate ADD COLUMN key BLOB;
CREATE INDEX certificate_of_key ON certificate (key) WHERE key IS NOT NULL;
-- A person's key has one certificate.
CREATE UNIQUE INDEX certificate_of_persons_key ON certificate (key) WHERE key IS NOT NULL AND order_id IS NOT NULL;
