#!/usr/bin/env bash
# What a relay has seen, under the eyes of tshark: dissect.sh WORK-FOLDER
# Fails on anything malformed and on any expert warning or error, and unless tshark sees what we mean to send.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# As root it says that this is dangerous; what it reads is our own.
shark() { tshark -r "$1" "${@:2}" 2> >(grep -v 'Running as user' >&2); }
for tap in "$1"/*.tap; do
  pcap=${tap%.tap}.pcap
  python3 "$here/capture.py" "$tap" "$pcap"
  # 0x600000 is a warning, 0x800000 an error. The one command that tshark need not know is relay.js's own.
  foreign='tcp.len > 0 && !smpp && !(data.data[4:4] == 00:01:02:00)'
  bad=$(shark "$pcap" -Y "_ws.malformed || _ws.expert.severity >= 0x600000 || ($foreign)" -V)
  [ -z "$bad" ] || { echo "$bad"; echo "$pcap: tshark objects" >&2; exit 1; }
  count() {
    local found
    found=$(shark "$pcap" -Y "$1" -T fields -e frame.number | wc -l)
    [ "$found" -gt 0 ] || { echo "$pcap: tshark sees no packet with $1" >&2; exit 1; }
  }
  to_card='smpp.command_id == 4 && smpp.esm.submit.features == 1 && smpp.protocol_id == 127 && smpp.data_coding == 0xf6'
  # A secured packet in one short message, and the parts of a longer one.
  count "$to_card && gsm_sms.ie_identifier == 0x70"
  count "$to_card && gsm_sms.udh.mm.msg_part == 1 && gsm_sms.udh.mm.msg_parts == 2"
  count "$to_card && gsm_sms.udh.mm.msg_part == 2"
  other=$(shark "$pcap" -Y "smpp.command_id == 4 && !($to_card)" | wc -l)
  [ "$other" = 0 ] || { echo "$pcap: $other submit_sm are something else" >&2; exit 1; }
  count 'smpp.command_id == 9'
  count 'smpp.command_id == 0x80000009 && smpp.command_status == 0'
  case $tap in
    *user-data-header.tap)
      count 'smpp.command_id == 5 && gsm_sms.ie_identifier == 0x70'
      count 'smpp.command_id == 5 && gsm_sms.udh.mm.msg_part == 2'
      count 'smpp.command_id == 0x80000004 && smpp.command_status == 0x58'
      count 'smpp.command_id == 5 && smpp.esm.submit.msg_type == 1'
      count 'smpp.command_id == 0x80000003 && smpp.message_state == 2'
      count 'smpp.command_id == 0x80000006'
      count 'smpp.command_id == 0x80000015'
      ;;
    *sar-parameters.tap) count 'smpp.command_id == 5 && smpp.sar_total_segments == 2' ;;
    *message-payload.tap) count 'smpp.command_id == 5 && smpp.sm_length == 0 && smpp.message_payload' ;;
    *data-sm.tap) count 'smpp.command_id == 0x103 && smpp.message_payload' ;;
  esac
  echo "tshark: $(basename "$(dirname "$tap")")/$(basename "$pcap"): $(shark "$pcap" -Y smpp | wc -l) packets, no objection"
done
