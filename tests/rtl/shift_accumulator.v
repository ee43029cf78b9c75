// SPDX-License-Identifier: GPL-3.0-or-later
// Adds the beats of a bit-serial pass in their places, least significant first:
// complete in the clock after the last beat.
module shift_accumulator #(
    parameter BITS = 1,
    parameter BEAT_BITS = 3,
    parameter SUM = 32
) (
    input                       clock,
    input                       valid,
    input      [BEAT_BITS-1:0]  beat,
    input  signed [SUM-1:0]     in,
    output reg signed [SUM-1:0] out
);
    wire signed [SUM-1:0] placed = in <<< (beat * BITS);

    always @(posedge clock)
        if (valid)
            out <= (beat == 0) ? placed : out + placed;
endmodule
