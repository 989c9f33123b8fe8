#!/bin/sh
# Fills in the templates of asterisk-conf/ from the environment and becomes the command given (asterisk -f …).
# The rules of filling in are those of tools/asterisk/render-conf.mjs; test/deploy compares the two. Perl, since it is
# part of every Debian image.
set -eu
umask 077

mkdir -p "$VG_ETC_DIR" "$VG_SOCKET_DIR" "$VG_LOG_DIR" "$VG_STATE_DIR/keys" "$VG_SPOOL_DIR/recording" "$VG_SPOOL_DIR/tmp"
for template in "$VG_TEMPLATE_DIR"/*.conf; do
  perl -0777 -pe '
    BEGIN { $file = shift @ARGV; @ARGV = ($file); $file =~ s{.*/}{}; }
    s|\$\{(VG_[A-Z0-9_]+)(?::-([^}\n]*))?\}|
      my ($name, $default) = ($1, $2);
      my $value = $ENV{$name} // $default;
      defined $value or die "$file: no value for \${$name}, and it has no default\n";
      $value !~ /[\r\n;]/ or die "$file: the value of $name contains a line break or a semicolon\n";
      $value;
    |ge' "$template" >"$VG_ETC_DIR/${template##*/}"
done

# Asterisk logs to files. A pipe in the place of its file brings the lines to `docker compose logs`, and fills no disk.
log="$VG_LOG_DIR/messages.log"
if [ ! -p "$log" ]; then
  rm -f "$log"
  mkfifo "$log"
fi
# Open for reading and writing: Asterisk may close and open its end as it likes.
cat <>"$log" &

exec "$@"
