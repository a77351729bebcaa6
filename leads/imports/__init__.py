"""Files of leads or outcomes: read, mapped, tried out, admitted in one piece, and taken back."""
