#!/usr/bin/perl
# Writes the geo databases of the tests into a folder:  make_mmdb.pl FOLDER [places.tsv [BUILT]]
# What they say is in tests/data/places.tsv; BUILT is their build date in seconds since 1970, by default now.
use strict;
use warnings;
use utf8;

use File::Basename qw(dirname);
use MaxMind::DB::Writer::Tree;

my ($folder, $table, $built) = @ARGV;
die "usage: make_mmdb.pl FOLDER [places.tsv [BUILT]]\n" if !defined $folder;
$table //= dirname(__FILE__) . '/../data/places.tsv';

# How a value is stored goes by its key. Maps are found by their Perl type before this table is asked.
my %type_of = (
	(map { $_ => 'utf8_string' }
		qw(iso_code en country_code country city state1 postcode timezone lat lng asn as_name as_domain
			autonomous_system_organization)),
	(map { $_ => 'map' } qw(continent location names registered_country traits)),
	geoname_id => 'uint32',
	autonomous_system_number => 'uint32',
	(map { $_ => 'boolean' }
		qw(is_anonymous is_anonymous_vpn is_hosting_provider is_public_proxy is_residential_proxy is_tor_exit_node)),
	latitude => 'double',
	longitude => 'double',
);

sub read_places
{
	open my $in, '<:encoding(UTF-8)', $table or die "$table: $!\n";
	my @places;
	while (my $line = <$in>) {
		chomp $line;
		next if $line eq '' || $line =~ /^#/;
		my @field = split /\t/, $line;
		die "$table:$.: 7 columns expected\n" if @field != 7;
		my %place;
		@place{qw(network country city latitude longitude asn as_name)} = map { $_ eq '-' ? undef : $_ } @field;
		$place{family} = $place{network} =~ /:/ ? 6 : 4;
		push @places, \%place;
	}
	return @places;
}

# One database: name, tree settings, families that it holds, and a function that turns a place into a record.
sub write_database
{
	my (%db) = @_;
	my %types = (%type_of, %{$db{types} // {}});
	my $tree = MaxMind::DB::Writer::Tree->new(
		ip_version => $db{ip_version} // 6,
		record_size => $db{record_size} // 24,
		database_type => $db{type},
		languages => ['en'],
		description => { en => $db{description} // 'made for tests' },
		alias_ipv6_to_ipv4 => $db{alias} // 0,
		remove_reserved_networks => 0,
		defined $built ? (_build_epoch => $built) : (),
		map_key_type_callback => sub {
			my ($key) = @_;
			return $types{$key} // die "no type for key $key\n";
		},
	);
	for my $place (@{$db{places}}) {
		next if index($db{families} // '46', $place->{family}) < 0;
		my $record = $db{record}->($place);
		$tree->insert_network($place->{network}, $record) if $record;
	}
	open my $out, '>:raw', "$folder/$db{name}" or die "$folder/$db{name}: $!\n";
	$tree->write_tree($out);
	close $out or die "$folder/$db{name}: $!\n";
}

sub nested_country
{
	my ($place) = @_;
	return { registered_country => { iso_code => $place->{registered} } } if $place->{registered};
	return {
		country => { iso_code => $place->{country}, names => { en => "Land $place->{country}" } },
		registered_country => { iso_code => 'ZZ' },
	};
}

sub nested_city
{
	my ($place) = @_;
	my $record = nested_country($place);
	$record->{city} = { names => { en => $place->{city} } } if defined $place->{city};
	$record->{location} = { latitude => $place->{latitude}, longitude => $place->{longitude} }
		if defined $place->{latitude};
	return $record;
}

sub nested_asn
{
	my ($place) = @_;
	return if !defined $place->{asn};
	return { autonomous_system_number => $place->{asn}, autonomous_system_organization => $place->{as_name} };
}

sub flat_country
{
	my ($place) = @_;
	return { country_code => $place->{country} // '' };
}

# As ip-location-db has it: what is not known is an empty text.
sub flat_city
{
	my ($place) = @_;
	return {
		country_code => $place->{country} // '', city => $place->{city} // '', state1 => '', postcode => '',
		latitude => $place->{latitude} // 0, longitude => $place->{longitude} // 0,
	};
}

# As IPinfo has it: "AS123", and the country is a name beside its code.
sub flat_asn
{
	my ($place) = @_;
	return if !defined $place->{asn};
	return {
		country => "Land $place->{country}", country_code => $place->{country}, asn => "AS$place->{asn}",
		as_name => $place->{as_name},
	};
}

binmode STDERR, ':utf8';
my @places = read_places();
# Records that no good database has.
my @odd = (
	{ network => '9.9.9.0/24', family => 4, registered => 'ch' },
	{ network => '11.0.1.0/24', family => 4, country => 'DE', city => "\e]52;c;eA==\a\x{202e}Bad\x{200b}\nCity" },
	{ network => '11.0.2.0/24', family => 4, country => 'IT', city => 'Nowhere', latitude => 91, longitude => 500 },
	{ network => '11.0.3.0/24', family => 4, country => 'Q1', city => undef },
	{ network => '11.0.4.0/24', family => 4, country => 'FR', city => 'x' x 400 },
	# Wrong entries of real databases: nobody may ask them.
	{ network => '192.168.0.0/16', family => 4, country => 'AU', city => 'Wrong' },
	{ network => 'fe80::/10', family => 6, country => 'AU', city => 'Wrong' },
);
my %float = (latitude => 'float', longitude => 'float');
my %text = (latitude => 'utf8_string', longitude => 'utf8_string');
my %nested = (%type_of, country => 'map', city => 'map');

write_database(name => 'city.mmdb', type => 'GeoLite2-City', places => [@places, @odd], alias => 1,
	record_size => 28, types => \%nested, record => \&nested_city);
write_database(name => 'country.mmdb', type => 'DBIP-Country-Lite', places => [@places, @odd[0 .. 0]], types => \%nested,
	description => 'DB-IP Country Lite', record => \&nested_country);
write_database(name => 'flat-country.mmdb', type => 'country ipvAll', places => \@places, record => \&flat_country);
write_database(name => 'flat-city-ipv4.mmdb', type => 'city ipv4', ip_version => 4, families => '4',
	places => [@places, @odd[1 .. 4]], types => \%float, record => \&flat_city);
write_database(name => 'flat-city-ipv6.mmdb', type => 'city ipv6', families => '6', places => \@places,
	types => \%float, record => \&flat_city);
write_database(name => 'flat-city-text.mmdb', type => 'city', record_size => 32, places => \@places, types => \%text,
	record => \&flat_city);
write_database(name => 'asn.mmdb', type => 'GeoLite2-ASN', places => \@places, record => \&nested_asn);
write_database(name => 'flat-asn.mmdb', type => 'ipinfo lite', places => \@places, record => \&flat_asn);
write_database(name => 'anonymous.mmdb', type => 'GeoIP2-Anonymous-IP', places => \@places,
	record => sub { return { is_anonymous => 1 } });
# Who hides, by country: flat as MaxMind's Anonymous IP, and as traits of the enterprise databases.
my %hides = (
	US => { is_anonymous => 1, is_anonymous_vpn => 1, is_hosting_provider => 1 },
	DE => { is_anonymous => 1, is_tor_exit_node => 1 },
	GB => { is_anonymous => 1, is_residential_proxy => 1, is_hosting_provider => 0 },
	JP => { is_anonymous => 1, is_public_proxy => 1 },
);
write_database(name => 'anonymity.mmdb', type => 'GeoIP2-Anonymous-IP', places => \@places,
	record => sub { return $hides{$_[0]->{country} // ''} // { is_anonymous => 0 } });
write_database(name => 'enterprise.mmdb', type => 'GeoIP2-Enterprise', places => \@places, types => \%nested,
	record => sub { return { country => { iso_code => $_[0]->{country} // 'ZZ' }, traits => $hides{$_[0]->{country} // ''} // {} } });
