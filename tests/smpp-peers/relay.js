// node-smpp between the HMSSP and the short-message centre: relay.js SMSC-CONFIG TAP-FILE
// It is the centre for one and the ESME for the other, and encodes anew whatever it passes on. Orders come as JSON lines
// on standard input, what happens goes to standard output in the same way; see scenario.py.
'use strict';
const fs = require('fs');
const readline = require('readline');
const smpp = require('smpp');

const [centreConfig, tapFile] = process.argv.slice(2);
const say = (event, more = {}) => process.stdout.write(JSON.stringify({ event, ...more }) + '\n');
const state = { refuse: 0, status: 0, receipts: false, home: null, centre: null, submitted: null };

// A command and a parameter that the standard leaves to vendors.
smpp.addCommand('vendor', { id: 0x00010200 });
smpp.addTLV('vendor_parameter', { id: 0x1400, type: smpp.types.tlv.int8 });

// Both ends write the addresses of the demonstration.
function centreAddress() {
  const [, host, port] = fs.readFileSync(centreConfig, 'utf8').match(/^listen = "(.*):(\d+)"/m);
  return { host, port: Number(port) };
}

// What node-smpp reads and writes, octet for octet, for the capture.
function tap(session, peer) {
  const { socket } = session;
  const note = (from, octets) =>
    fs.appendFileSync(tapFile, JSON.stringify({ leg: peer, from, hex: octets.toString('hex') }) + '\n');
  const read = socket.read.bind(socket);
  socket.read = (count) => {
    const octets = read(count);
    if (octets) note(peer, octets);
    return octets;
  };
  const write = socket.write.bind(socket);
  socket.write = (octets, ...rest) => {
    note('relay', octets);
    return write(octets, ...rest);
  };
  socket.setNoDelay(true);
  session.on('error', (error) => {
    // The centre may start after the HMSSP, which tries again; 'close' follows.
    if (error.code !== 'ECONNREFUSED') say('error', { peer, error: String(error) });
  });
}

// The fields of a PDU as its encoder wants them.
function fields(pdu) {
  const taken = {};
  for (const key of Object.keys(pdu)) {
    if (['command', 'command_length', 'command_id', 'command_status', 'sequence_number'].includes(key)) continue;
    const value = pdu[key];
    if (value && Array.isArray(value.udh)) {
      const header = Buffer.concat(value.udh);
      taken[key] = { udh: Buffer.concat([Buffer.from([header.length]), header]), message: value.message };
    } else {
      taken[key] = value;
    }
  }
  return taken;
}

// For scenario.py: the fields that matter, and how the user data came.
function shown(pdu) {
  const user = pdu.message_payload || pdu.short_message || {};
  return {
    command: pdu.command,
    esm_class: pdu.esm_class,
    protocol_id: pdu.protocol_id,
    data_coding: pdu.data_coding,
    payload: Boolean(pdu.message_payload),
    sar: pdu.sar_total_segments || 0,
    elements: (user.udh || []).map((element) => element[0]),
  };
}

function pass(from, to, command, note) {
  from.on(command, (pdu) => {
    say(note, shown(pdu));
    if (command === 'submit_sm') {
      if (state.refuse > 0) {
        state.refuse -= 1;
        from.send(pdu.response({ command_status: state.status }));
        return say('refused', { status: state.status });
      }
      if (state.receipts) pdu.registered_delivery = 1;
    }
    to[command]({ ...fields(pdu), vendor_parameter: 7 }, (answer) => {
      if (command === 'submit_sm' && answer.message_id) {
        const { source_addr_ton, source_addr, dest_addr_ton, dest_addr_npi, destination_addr } = pdu;
        const destination = { dest_addr_ton, dest_addr_npi, destination_addr };
        state.submitted = { message_id: answer.message_id, source_addr_ton, source_addr, destination };
      }
      from.send(pdu.response({ command_status: answer.command_status, message_id: answer.message_id || '' }));
      say('answered', { command: answer.command, status: answer.command_status });
    });
  });
}

// An end that unbinds or is gone takes the other with it.
function link(one, other, peer) {
  one.on('unbind', (pdu) => {
    one.send(pdu.response());
    say('unbound', { peer });
  });
  one.on('enquire_link', (pdu) => {
    one.send(pdu.response());
    say('enquired', { peer });
  });
  one.on('close', () => {
    say('closed', { peer });
    // Whoever was asked to unbind closes; the other's answer may still come.
    if (!one.unbinding) other.destroy();
  });
}

const server = smpp.createServer((home) => {
  tap(home, 'home');
  home.once('bind_transceiver', (bind) => {
    const centre = smpp.connect(centreAddress());
    tap(centre, 'centre');
    link(home, centre, 'home');
    link(centre, home, 'centre');
    for (const command of ['submit_sm', 'data_sm']) pass(home, centre, command, 'up');
    for (const command of ['deliver_sm', 'data_sm']) pass(centre, home, command, 'down');
    centre.on('connect', () => {
      centre.bind_transceiver(fields(bind), (answer) => {
        home.send(bind.response({ command_status: answer.command_status, system_id: answer.system_id }));
        Object.assign(state, { home, centre });
        say('bound', { status: answer.command_status, smsc: answer.system_id });
      });
    });
  });
});
server.listen(0, '127.0.0.1', () => say('listening', { port: server.address().port }));

const orders = {
  refuse: ({ count, status }) => Object.assign(state, { refuse: count, status }),
  receipts: ({ on }) => Object.assign(state, { receipts: on }),
  drop: () => state.home.destroy(),
  enquire: () => {
    for (const peer of ['home', 'centre']) {
      state[peer].enquire_link((answer) => say('enquiry', { peer, status: answer.command_status }));
    }
  },
  unbind: () => {
    for (const peer of ['home', 'centre']) {
      state[peer].unbinding = true;
      state[peer].unbind((answer) => say('unbind', { peer, command: answer.command, status: answer.command_status }));
    }
  },
  // What this stack can send besides, and the HMSSP has no use for.
  odd: () => {
    state.home.outbind({ system_id: 'smsc', password: 'secret' });
    state.home.alert_notification({ source_addr: '358401000001', esme_addr: '17171' });
    state.home.vendor((answer) => say('odd', { command: answer.command, status: answer.command_status }));
  },
  query: () => {
    const { message_id, source_addr_ton, source_addr, destination } = state.submitted;
    const query = { message_id, source_addr_ton, source_addr };
    state.centre.query_sm(query, (found) => {
      say('query', { status: found.command_status, state: found.message_state });
      state.centre.cancel_sm({ ...query, ...destination }, (answer) => say('cancel', { status: answer.command_status }));
    });
  },
};
readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line);
    orders[order.do](order);
  })
  .on('close', () => process.exit(0));
