#!/usr/bin/perl
# Reads names of files from standard input, each ended by a NUL, and prints a bag of words, a document a line.
#
#   bag_of_words.pl ROOT MIN_COUNT MIN_DOCUMENTS SCRATCH
#
# A document is a text file; those that end in .gz are decompressed. Its name is its path below ROOT, with _ for what is
# no visible ASCII. A word is a run of 3 to 20 ASCII letters, made lower case, no letter before or after it, that stands
# at least MIN_COUNT times in all and in at least MIN_DOCUMENTS documents, but in at most three in ten, unless there are
# fewer than ten. Left out: files with a NUL, names that tell of other things than text, copyright files (they repeat a
# few licences), texts of more than 65,536 bytes (mostly lists of changes and tables) and documents with fewer than five
# tokens. Words of a document are in alphabetical order. SCRATCH: a file that may be written and is gone at the end.
use strict;
use warnings;

my ($root, $min_count, $min_documents, $scratch) = @ARGV;
die "usage: bag_of_words.pl ROOT MIN_COUNT MIN_DOCUMENTS SCRATCH\n" unless defined $scratch;

my $no_text = qr/\.(?:png|svgz?|gif|jpe?g|ico|pdf|ps|eps|woff2?|ttf|css|js|json|xml|map|o|a|so|pyc|zip|xz|bz2|db)(?:\.gz)?$/;

sub bytes_of {
  my ($file) = @_;
  local $/;
  open(my $in, '<:raw', $file) or return '';
  if ($file =~ /\.gz$/) {
    close $in;
    open($in, '-|', 'gzip', '-dc', '--', $file) or die "gzip cannot be started: $!\n";
  }
  my $text = <$in>;
  close $in;
  return defined $text ? $text : '';
}

my (%total, %documents, %seen);
my $read = 0;
open(my $out, '>:raw', $scratch) or die "$scratch cannot be written: $!\n";
{
  local $/ = "\0";
  while (my $file = <STDIN>) {
    chomp $file;
    next if $file =~ $no_text || $file =~ m{/copyright$};
    my $text = bytes_of($file);
    next if $text eq '' || length($text) > 65536 || index($text, "\0") >= 0;
    my $name = index($file, $root) == 0 ? substr($file, length $root) : $file;
    $name =~ s/[^!-~]/_/g;
    next if $seen{$name}++;
    my %count;
    $count{$_}++ for lc($text) =~ /(?<![a-z])[a-z]{3,20}(?![a-z])/g;
    next unless %count;
    $read++;
    while (my ($word, $n) = each %count) {
      $total{$word} += $n;
      $documents{$word}++;
    }
    print $out join("\t", $name, map { "$_:$count{$_}" } sort keys %count), "\n";
  }
}
close $out or die "$scratch cannot be written: $!\n";

my $most = $read < 10 ? $read : 0.3 * $read;
for my $word (keys %total) {
  delete $total{$word}
    unless $total{$word} >= $min_count && $documents{$word} >= $min_documents && $documents{$word} <= $most;
}
my ($kept, $tokens) = (0, 0);
my %used;
open(my $in, '<:raw', $scratch) or die "$scratch cannot be read: $!\n";
while (my $line = <$in>) {
  chomp $line;
  my ($name, @pairs) = split /\t/, $line;
  my $length = 0;
  my @left;
  for my $pair (@pairs) {
    my ($word, $n) = split /:/, $pair;
    next unless exists $total{$word};
    push @left, $pair;
    $length += $n;
  }
  next if $length < 5;
  print join("\t", $name, @left), "\n";
  $used{(split /:/)[0]} = 1 for @left;
  $kept++;
  $tokens += $length;
}
unlink $scratch;
die "there is no document among these files\n" unless $kept;
printf STDERR "%d documents, %d words, %d tokens\n", $kept, scalar(keys %used), $tokens;
