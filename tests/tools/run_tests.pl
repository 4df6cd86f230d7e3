#!/usr/bin/perl
# Runs TAP programs and scripts side by side, each in a clean environment with a time limit, and closes with one line:
# N passed, N failed, N skipped. Exit 1 if one failed or none ran.
use strict;
use warnings;
use Cwd qw(getcwd);
use File::Basename qw(basename);
use File::Temp qw(tempdir);
use Getopt::Long qw(GetOptions);
use TAP::Harness;

my ($jobs, $limit, $broken, $via) = (2, $ENV{TEST_TIMEOUT} || 600, 0, '');
GetOptions('jobs=i' => \$jobs, 'timeout=i' => \$limit, 'broken' => \$broken, 'via=s' => \$via) or exit 2;
my %slowness = (asan => 3, armhf => 10, arm64 => 10);
my $slow = $slowness{ $ENV{TEST_VARIANT} || '' } || 1;
$limit *= $slow;
$ENV{SWARMTOP_SLOW} //= $slow if $slow > 1; # what the tests multiply their own limits by

# What the tests must not see of who runs them.
delete @ENV{ grep { /_proxy$/i || /^(SWARMTOP_(?!WRAP$|SLOW$)|XDG_|LC_|TR_AUTH$|LANG)/ } keys %ENV };
delete @ENV{qw(LINES COLUMNS NO_COLOR CLICOLOR CLICOLOR_FORCE COLORTERM COLORFGBG JOURNAL_STREAM NOTIFY_SOCKET TMUX
	MAKEFLAGS MFLAGS MAKELEVEL PKG_CONFIG_PATH LD_PRELOAD)};
%ENV = (
	%ENV,
	TZ => 'UTC',
	LC_ALL => 'C.UTF-8',
	TERM => 'xterm-256color',
	PYTHONDONTWRITEBYTECODE => 1,
	($via ? (EMULATED => 1) : ()),
	ASAN_OPTIONS => 'detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1',
	UBSAN_OPTIONS => 'print_stacktrace=1:halt_on_error=1',
);

my $scratch = tempdir('swarmtop-test-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0711, $scratch;
my $made = 0;

# A HOME of its own, with the folders of the XDG base directory specification.
sub environment
{
	my $home = sprintf '%s/%d', $scratch, ++$made;
	my %folders = (
		HOME => $home,
		TMPDIR => "$home/tmp",
		XDG_CONFIG_HOME => "$home/config",
		XDG_DATA_HOME => "$home/data",
		XDG_STATE_HOME => "$home/state",
		XDG_CACHE_HOME => "$home/cache",
		XDG_RUNTIME_DIR => "$home/run",
	);
	mkdir $_, 0755 for sort { length $a <=> length $b } values %folders;
	chmod 0700, $folders{XDG_RUNTIME_DIR};
	return map { "$_=$folders{$_}" } sort keys %folders;
}

# A script runs by its first line, a fuzz target on its corpus, the rest as it is.
sub words_of
{
	my ($test) = @_;
	my $name = basename($test);

	return ($test, "tests/fuzz/corpus/$1") if $name =~ /^fuzz_(\w+)$/;
	return (split(' ', $via), $test) if $test !~ /\.t$/;
	open my $file, '<', $test or return ($test);
	my $first = <$file> // '';
	return $first =~ /^#!\s*(\S.*)/ ? (split(' ', $1), $test) : ('perl', $test);
}

sub command
{
	my ($harness, $test) = @_;
	my @words = words_of($test);

	unshift @words, split ' ', $via if $via && $words[0] eq $test;
	return ['env', environment(), 'timeout', '--kill-after=10', $limit, @words];
}

my @tests = @ARGV;
my @absent = grep { !-e } @tests;
my @present = grep { -e } @tests;
my $harness = TAP::Harness->new({ jobs => $jobs, exec => \&command, failures => 1, timer => 1, color => 0, merge => 0 });

# A refused namespace may be skipped on somebody's laptop, but not where the tests are the proof.
my $forbidden = 0;
sub count_forbidden
{
	my ($result) = @_;
	$forbidden++ if $ENV{CI} && $result->has_skip && $result->explanation =~ /namespace/i;
}

# What failed, with the comments behind it, for the end of the log.
my (@complaints, %names);
$harness->callback(
	made_parser => sub {
		my ($parser, $about) = @_; # file and description
		my $failing = 0;
		$names{$parser} = $about->[1];
		my $test = sub {
			my ($result) = @_;
			count_forbidden($result);
			$failing = !$result->is_ok;
			push @complaints, "$about->[1]: " . $result->as_string if $failing;
		};
		$parser->callback(test => $test);
		$parser->callback(plan => \&count_forbidden);
		$parser->callback(comment => sub { push @complaints, '    ' . $_[0]->as_string if $failing });
	}
);

my ($passed, $failed, $skipped) = (0, 0, 0);
if (@present) {
	my $sum = $harness->runtests(@present);
	for my $parser ($sum->parsers($sum->descriptions)) {
		$passed += $parser->passed - $parser->skipped;
		$failed += $parser->failed;
		$skipped += $parser->skip_all ? 1 : $parser->skipped;
		# A crash, a time-out or a broken plan is a failure of its own.
		next if $parser->failed || !($parser->exit || $parser->wait || $parser->parse_errors);
		$failed++;
		push @complaints, sprintf('%s: wait status %#x', $names{$parser}, $parser->wait),
			map { "    $_" } $parser->parse_errors;
	}
}
print map { "$_\n" } @complaints;
print "not built: $_\n" for @absent;
print "something did not build\n" if $broken;
print "skipped for want of a namespace, which CI does not allow: $forbidden\n" if $forbidden;
$failed += $forbidden + @absent + ($broken && !@absent ? 1 : 0);
print "no test ran\n" if !$passed && !$failed;
print "$passed passed, $failed failed, $skipped skipped\n";
exit($failed || !$passed ? 1 : 0);
