# SPDX-License-Identifier: Apache-2.0
# Sourced by stories of static mappings: the web server of internet.sh, at home with sub1 (100.64.1.11:8080).
# shellcheck shell=bash disable=SC2154

start_home_web() {
  mkdir -p "$work/home/www"
  echo "hello from home" >"$work/home/www/index.html"
  cat >"$work/home/nginx.conf" <<NGINX
daemon off; master_process off; user root; pid $work/home/pid; error_log stderr;
events {}
http {
  log_format who '\$remote_addr';
  access_log $work/home/access.log who;
  client_body_temp_path $work/home/body; proxy_temp_path $work/home/proxy; fastcgi_temp_path $work/home/fastcgi;
  uwsgi_temp_path $work/home/uwsgi; scgi_temp_path $work/home/scgi;
  server { listen 100.64.1.11:8080; root $work/home/www; }
}
NGINX
  chmod -R a+rX "$work"
  spawn home sub1 nginx -p "$work/home" -c "$work/home/nginx.conf" -e stderr
  wait_until 5 listens sub1 tcp 100.64.1.11 8080
}
