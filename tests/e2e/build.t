#!/usr/bin/perl
# The binary is hardened as the Makefile promises, and a build that lacks a package names it.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $top = abs_path(dirname(__FILE__) . '/../..');
my $binary = $ENV{SWARMTOP} || "$top/build/swarmtop";

sub readelf
{
	my @options = @_;
	open my $pipe, '-|', 'readelf', '-W', @options, $binary or die "readelf: $!";
	local $/;
	my $text = <$pipe>;
	close $pipe;
	return $text // '';
}

# Exit status and both outputs of `make -n` in an environment changed by %change.
sub dry_make
{
	my %change = @_;
	local %ENV = (%ENV, %change);
	delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL VARIANT)};
	my $text = qx(make -C '$top' -n all VARIANT=absent CC=cc 2>&1);
	return ($? >> 8, $text);
}

SKIP: {
	skip 'the sanitisers replace the hardening', 5 if ($ENV{TEST_VARIANT} // '') eq 'asan';

	my $symbols = readelf('--dyn-syms');
	my $dynamic = readelf('--dynamic');
	like(readelf('--file-header'), qr/Type:\s+DYN \(Position-Independent Executable/, 'position independent');
	ok(readelf('--segments') =~ /GNU_RELRO/ && $dynamic =~ /BIND_NOW|FLAGS_1.*NOW/, 'full RELRO');
	like(readelf('--segments'), qr/GNU_STACK(?:\s+0x[0-9a-f]+){5}\s+RW\s/, 'the stack is not executable');
	like($symbols, qr/__stack_chk_fail/, 'stack protector');
	like($symbols, qr/__\w+_chk\b(?<!__stack_chk)/, 'fortified libc calls');
}

my ($status, $text) = dry_make(PKG_CONFIG_LIBDIR => '/nonexistent', PKG_CONFIG_PATH => '');
isnt($status, 0, 'a build without its libraries stops');
like($text, qr/\Qlibcurl is missing: install the Debian package libcurl4-openssl-dev, or run `make deps`\E/,
	'and names package and remedy');
is(scalar(grep { /\S/ && !/^make(\[\d+\])?: (Entering|Leaving)/ } split /\n/, $text), 1, 'in one line');

done_testing();
