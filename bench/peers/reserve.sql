-- The store's rules on tables: one row per issuer, one per token, declines recorded like approvals.
create table issuers (
  issuer_id text primary key,
  limit_minor bigint not null,
  exposure_minor bigint not null default 0
);
create table reservations (
  issuer_id text not null,
  token uuid not null,
  amount_minor bigint not null,
  desk text not null,
  trader text not null,
  approved boolean not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (issuer_id, token)
);

-- A UUIDv7: time first, so that the index grows at one end.
create function new_token() returns uuid language sql volatile as $$
  select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
    || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid
$$;

-- One reserve: the token's first decision again, or a new one under the issuer's lock.
create function reserve(p_issuer text, p_token uuid, p_amount bigint, p_desk text, p_trader text)
returns boolean language plpgsql as $$
declare
  v_approved boolean;
  v_headroom bigint;
begin
  select approved into v_approved from reservations where issuer_id = p_issuer and token = p_token;
  if found then
    return v_approved;
  end if;
  select limit_minor - exposure_minor into strict v_headroom from issuers where issuer_id = p_issuer for update;
  v_approved := p_amount <= v_headroom;
  insert into reservations (issuer_id, token, amount_minor, desk, trader, approved)
    values (p_issuer, p_token, p_amount, p_desk, p_trader, v_approved);
  if v_approved then
    update issuers set exposure_minor = exposure_minor + p_amount where issuer_id = p_issuer;
  end if;
  return v_approved;
end
$$;

-- Many reserves in one statement and one commit.
create function reserve_batch(p_count int, p_issuers int)
returns bigint language sql volatile as $$
  select count(reserve('BENCH-' || lpad((1 + floor(random() * p_issuers))::int::text, 5, '0'),
    new_token(), 1 + floor(random() * 1000000)::bigint, 'GOV', 't1'))
  from generate_series(1, p_count)
$$;
